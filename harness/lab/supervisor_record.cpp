#include "harness/lab/supervisor_record.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/core/handle.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite {
namespace {

using nlohmann::json;

bool ended_within(int pidfd, Duration bound) {
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(bound);
  pollfd watched{pidfd, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

}  // namespace

std::string machine_boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::optional<ProcessIdentity> identify(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The second field is the program's name in parentheses and may contain anything.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string state;
  rest >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  constexpr int kFieldsBetweenStateAndStart = 18;  // fields 4 to 21
  std::string skipped;
  for (int i = 0; i < kFieldsBetweenStateAndStart; ++i) rest >> skipped;
  std::uint64_t ticks = 0;
  if (!(rest >> ticks)) return std::nullopt;
  return ProcessIdentity{pid, ticks};
}

bool is_alive(const ProcessIdentity& process) { return identify(process.pid) == process; }

std::string SupervisorRecord::netns() const { return fmt::format("/proc/{}/ns/net", init.pid); }

SupervisorRecord SupervisorRecord::of_running(pid_t supervisor, pid_t init) {
  return SupervisorRecord{.supervisor = identify(supervisor).value_or(ProcessIdentity{}),
                          .init = identify(init).value_or(ProcessIdentity{}),
                          .boot_id = machine_boot_id()};
}

bool SupervisorRecord::runs() const {
  return boot_id == machine_boot_id() && (is_alive(supervisor) || is_alive(init));
}

std::string supervisor_record_path(const std::string& lab_directory) {
  return lab_directory + "/supervisor.json";
}

Result<void> write_supervisor_record(const std::string& path, const SupervisorRecord& record) {
  const json text = {{"pid", record.supervisor.pid}, {"start_ticks", record.supervisor.start_ticks},
                     {"init_pid", record.init.pid},  {"init_start_ticks", record.init.start_ticks},
                     {"netns", record.netns()},      {"boot_id", record.boot_id}};
  // Complete or not there at all: whoever reads it acts on processes.
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << text.dump(2) << "\n";
  file.close();
  if (file && ::rename(part.c_str(), path.c_str()) == 0) return success();
  return system_error("write", path);
}

Result<std::optional<SupervisorRecord>> read_supervisor_record(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::optional<SupervisorRecord>{};
  const json text = json::parse(file, nullptr, /*allow_exceptions=*/false);
  const auto number = [&](const char* key) -> std::uint64_t {
    const auto found = text.find(key);
    if (found == text.end() || !found->is_number_unsigned()) return 0;
    return found->get<std::uint64_t>();
  };
  const bool usable = text.is_object() && number("pid") > 1 && number("start_ticks") > 0 &&
                      text.contains("boot_id") && text["boot_id"].is_string();
  if (!usable) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read",
                 .subject = path,
                 .why = "it does not name a process"};
  }
  return std::optional<SupervisorRecord>(
      SupervisorRecord{.supervisor = {static_cast<pid_t>(number("pid")), number("start_ticks")},
                       .init = {static_cast<pid_t>(number("init_pid")), number("init_start_ticks")},
                       .boot_id = text["boot_id"].get<std::string>()});
}

Result<void> end_process(const ProcessIdentity& process, Duration bound) {
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  // The check comes after the handle is held: from here on it means this process and no other.
  if (!handle || !is_alive(process)) return success();
  for (const int signal : {SIGTERM, SIGKILL}) {
    if (::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0) != 0 && errno != ESRCH) {
      return system_error("end the process", std::to_string(process.pid));
    }
    if (ended_within(handle.get(), bound / 2)) {
      ::waitid(P_PID, static_cast<id_t>(process.pid), nullptr, WEXITED | WNOHANG);
      return success();
    }
  }
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = "end the process",
               .subject = std::to_string(process.pid),
               .why = "it is still there after " + format_duration(bound)};
}

}  // namespace splitsite
