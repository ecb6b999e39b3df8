#include "harness/lab/state_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace splitsite {

namespace fs = std::filesystem;

std::string LabPaths::libvirt_uri() const {
  return fmt::format("qemu+unix:///system?socket={}/libvirt-sock", run());
}

StateDirectory StateDirectory::standard() {
  const char* chosen = std::getenv("SPLITSITE_STATE");
  const bool given = chosen != nullptr && *chosen != '\0';
  return StateDirectory(given ? fs::absolute(chosen).lexically_normal().string()
                              : "/var/lib/splitsite");
}

std::vector<std::string> StateDirectory::labs() const {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(path_ + "/labs", code)) {
    if (entry.is_directory(code)) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> check_lab_name(const std::string& name) {
  constexpr std::size_t kLongest = 64;
  const bool fits = !name.empty() && name.size() <= kLongest && name.front() != '-' &&
                    std::all_of(name.begin(), name.end(), [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '-' || c == '_';
                    });
  if (fits) return success();
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "name a lab",
               .subject = fmt::format("\"{}\"", name),
               .why = "a name is 1 to 64 letters, digits, '-' or '_', and does not begin with '-'"};
}

}  // namespace splitsite
