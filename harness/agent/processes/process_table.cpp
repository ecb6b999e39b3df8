#include "harness/agent/processes/process_table.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>

#include "harness/core/handle.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

constexpr std::string_view vm_prefix = "vm:";

struct Stat {
  ProcessState process;
  pid_t parent = 0;
  std::string name;  // what it calls itself
};

// proc(5): the fields after the name, which is in parentheses and may hold anything.
std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto name_end = line.rfind(')');
  const auto name_start = line.find('(');
  if (name_end == std::string::npos || name_start > name_end) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  Stat stat{.process = {.pid = pid},
            .name = line.substr(name_start + 1, name_end - name_start - 1)};
  rest >> stat.process.state >> stat.parent;
  std::uint64_t field = 0;
  for (int number = 5; number <= 22 && rest >> field; ++number) {
    if (number == 14 || number == 15) stat.process.cpu_ticks += field;  // utime, stime
    if (number == 22) stat.process.started_ticks = field;
  }
  if (!rest || stat.process.state == 'Z' || stat.process.state == 'X') return std::nullopt;
  return stat;
}

// One call of the kernel: under emulation a look at every process would cost too much otherwise.
std::string program_of(pid_t pid) {
  std::array<char, 4096> path{};
  const ssize_t length =
      ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), path.data(), path.size());
  if (length <= 0) return {};  // one of the kernel's own
  const std::string_view whole(path.data(), static_cast<std::size_t>(length));
  return std::string(whole.substr(whole.rfind('/') + 1));
}

std::vector<Stat> processes_of(const std::string& program) {
  std::vector<Stat> found;
  std::error_code ignored;
  for (std::filesystem::directory_iterator at("/proc", ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    const std::string number = at->path().filename().string();
    if (number.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = std::stoi(number);
    if (program_of(pid) != program) continue;
    // sanlock's helper outlives it for a moment and is not it.
    const auto stat = read_stat(pid);
    if (stat && !stat->name.ends_with("-helper")) found.push_back(*stat);
  }
  return found;
}

}  // namespace

std::vector<Daemon> known_daemons() {
  return {{"hostd", "splitsite-hostd"},
          {"libvirtd", "libvirtd"},
          {"sanlock", "sanlock", Comeback::Restarted},
          {"wdmd", "wdmd", Comeback::Restarted},
          {"iscsid", "iscsid"},
          {"multipathd", "multipathd"},
          {"manager", "splitsite-manager"},
          {"witness", "splitsite-witness"},
          {"ha-agent", "splitsite-ha-agent"}};
}

const Daemon* ProcessTable::daemon(const std::string& name) const {
  const auto found = std::find_if(daemons_.begin(), daemons_.end(),
                                  [&](const Daemon& d) { return d.name == name; });
  return found == daemons_.end() ? nullptr : &*found;
}

Result<Comeback> ProcessTable::comeback(const std::string& name) const {
  if (name.starts_with(vm_prefix) && name.size() > vm_prefix.size()) return Comeback::Elsewhere;
  if (const Daemon* known = daemon(name)) return known->comeback;
  std::string names;
  for (const Daemon& other : daemons_) names += other.name + ", ";
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the process",
               .subject = name,
               .why = "nothing in a node is called that",
               .hint = fmt::format("there are {}vm:<vm>", names)};
}

Result<std::optional<ProcessState>> ProcessTable::find(const std::string& name) const {
  SPLITSITE_TRY(const auto comeback_of_it, comeback(name));
  if (comeback_of_it == Comeback::Elsewhere) return find_vm(name.substr(vm_prefix.size()));
  const auto found = processes_of(daemon(name)->program);
  const auto is_helper = [&](const Stat& stat) {
    return std::any_of(found.begin(), found.end(),
                       [&](const Stat& other) { return other.process.pid == stat.parent; });
  };
  std::optional<ProcessState> oldest;
  for (const Stat& stat : found) {
    if (is_helper(stat)) continue;
    if (!oldest || stat.process.started_ticks < oldest->started_ticks) oldest = stat.process;
  }
  return oldest;
}

// libvirt removes the file when it learns of the guest's end: until then it may name another.
std::optional<ProcessState> ProcessTable::find_vm(const std::string& vm) const {
  pid_t pid = 0;
  std::ifstream(fmt::format("{}/{}.pid", vm_pids_, vm)) >> pid;
  if (pid <= 0 || !program_of(pid).starts_with("qemu")) return std::nullopt;
  return read(pid);
}

std::optional<ProcessState> ProcessTable::read(pid_t pid) {
  const auto stat = read_stat(pid);
  if (!stat) return std::nullopt;
  return stat->process;
}

Result<bool> send_signal(const ProcessState& process, int signal) {
  // The descriptor first: while it is open the number cannot come to mean another process.
  const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!fd && errno == ESRCH) return false;
  if (!fd) return system_error("open the process", std::to_string(process.pid));
  const auto now = ProcessTable::read(process.pid);
  if (!now || !now->same_process(process)) return false;
  if (::syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0) == 0) return true;
  if (errno == ESRCH) return false;
  return system_error(fmt::format("send signal {} to", signal), std::to_string(process.pid));
}

}  // namespace splitsite::agent
