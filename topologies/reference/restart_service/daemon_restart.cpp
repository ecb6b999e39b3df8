#include "topologies/reference/restart_service/daemon_restart.hpp"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "harness/time/eventually.hpp"

namespace splitsite::reference {
namespace {

namespace fs = std::filesystem;

void signal_all(const std::vector<pid_t>& processes, int number) {
  for (const pid_t process : processes) ::kill(process, number);
}

std::vector<pid_t> still_there(const std::vector<pid_t>& before, const DaemonRestart& restart) {
  std::vector<pid_t> there = processes_of(restart);
  std::erase_if(there, [&](pid_t process) {
    return std::find(before.begin(), before.end(), process) == before.end();
  });
  return there;
}

}  // namespace

std::vector<pid_t> processes_of(const DaemonRestart& restart) {
  std::vector<pid_t> found;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(restart.proc, code)) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), process);
    if (read.ec != std::errc() || read.ptr != name.data() + name.size()) continue;
    std::error_code unreadable;  // a kernel thread, or one that has just ended
    const fs::path program = fs::read_symlink(entry.path() / "exe", unreadable);
    if (!unreadable && program.filename() == restart.program) found.push_back(process);
  }
  return found;
}

Result<void> restart_daemon(const DaemonRestart& restart, Clock& clock) {
  const std::vector<pid_t> before = processes_of(restart);
  signal_all(before, SIGTERM);
  const Deadline grace(clock, restart.grace);
  const Wait wait{.what = "another " + restart.program,
                  .bound = restart.bound,
                  .every = std::chrono::milliseconds(50)};
  const auto came = eventually<std::monostate>(clock, wait, [&]() -> Probed<std::monostate> {
    const std::vector<pid_t> old = still_there(before, restart);
    if (!old.empty() && grace.passed(clock)) signal_all(old, SIGKILL);
    if (!old.empty()) return NotYet{"the former one has not ended"};
    if (processes_of(restart).empty()) return NotYet{"none has been started"};
    return std::monostate{};
  });
  if (came) return success();
  return came.error();
}

}  // namespace splitsite::reference
