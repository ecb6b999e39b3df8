#include "harness/agent/boot_steps.hpp"

#include <filesystem>
#include <fstream>

namespace splitsite::agent {
namespace {

// "12.34 ready" -> "ready"
std::string text_of(const std::string& line) {
  const auto space = line.find(' ');
  return space == std::string::npos ? line : line.substr(space + 1);
}

}  // namespace

BootSteps::BootSteps(EventLoop& loop, const std::string& file, EventLog& events)
    : file_(file),
      events_(events),
      watch_(loop, std::filesystem::path(file).parent_path().string(),
             {.look = [this] { read_on(); },
              .changed =
                  [this, name = std::filesystem::path(file).filename().string()](
                      const std::string& changed) {
                    if (changed == name) read_on();
                  }}) {}

void BootSteps::add_to(Dispatcher& dispatcher) {
  dispatcher.add("steps", [this](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    return Json{{"lines", lines_}, {"ready", ready()}};
  });
}

bool BootSteps::ready() const { return !lines_.empty() && text_of(lines_.back()) == "ready"; }

void BootSteps::read_on() {
  std::ifstream file(file_);
  file.seekg(static_cast<std::streamoff>(read_to_));
  std::string line;
  // A line without its end is still being written; the next change brings the rest.
  while (std::getline(file, line) && !file.eof()) {
    read_to_ += line.size() + 1;
    lines_.push_back(line);
    events_.emit("step", {{"text", text_of(line)}, {"line", line}});
  }
}

}  // namespace splitsite::agent
