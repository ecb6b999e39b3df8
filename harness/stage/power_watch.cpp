#include "harness/stage/power_watch.hpp"

#include <filesystem>
#include <fstream>

#include "harness/lab/power/switch_log.hpp"
#include "harness/observe/kinds.hpp"

namespace splitsite {
namespace {

long size_of(const std::string& log) {
  std::error_code code;
  const auto size = std::filesystem::file_size(log, code);
  return code ? 0 : static_cast<long>(size);
}

void record(const std::string& line, HistoryWriter& history) {
  const auto switched = power::from_line(line);
  if (!switched) {
    history.record("harness", kind::environment_error, "",
                   {{"message", switched.error().message()}});
    return;
  }
  const power::Switched& change = switched.value();
  history.record(Event{{history.offset(change.began), history.offset(change.ended)},
                       "power-controller",
                       kind::node_power,
                       change.host.str(),
                       {{"on", change.on}}});
}

}  // namespace

PowerWatch::PowerWatch(std::string log, HistoryWriter& history, Clock& clock)
    : thread_([log = std::move(log), &history, &clock](const std::stop_token& stop) {
        constexpr Duration kEvery = std::chrono::milliseconds(100);
        long offset = size_of(log);
        while (!stop.stop_requested()) {
          clock.pause(kEvery);
          offset = look(log, offset, history);
        }
      }) {}

PowerWatch::~PowerWatch() {
  thread_.request_stop();
  thread_.join();
}

long PowerWatch::look(const std::string& log, long offset, HistoryWriter& history) {
  std::ifstream file(log, std::ios::binary);
  file.seekg(offset);
  std::string line;
  while (std::getline(file, line) && !file.eof()) {
    offset += static_cast<long>(line.size()) + 1;
    record(line, history);
  }
  return offset;
}

}  // namespace splitsite
