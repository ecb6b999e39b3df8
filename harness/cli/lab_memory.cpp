#include "harness/cli/lab_memory.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace splitsite::cli {
namespace {

namespace fs = std::filesystem;

std::int64_t pss_kib(const fs::path& process) {
  std::ifstream rollup(process / "smaps_rollup");
  for (std::string word; rollup >> word;) {
    if (word != "Pss:") continue;
    std::int64_t kib = 0;
    rollup >> kib;
    return kib;
  }
  return 0;
}

}  // namespace

std::optional<std::int64_t> lab_memory_kib(const SupervisorRecord& record) {
  std::error_code error;
  const auto space = fs::read_symlink(fmt::format("/proc/{}/ns/pid", record.init.pid), error);
  if (error) return std::nullopt;
  std::int64_t total = 0;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code gone;  // a process may end while we look
    if (fs::read_symlink(entry.path() / "ns/pid", gone) == space) total += pss_kib(entry.path());
  }
  if (total == 0) return std::nullopt;
  return total;
}

}  // namespace splitsite::cli
