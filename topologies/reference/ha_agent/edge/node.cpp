#include "topologies/reference/ha_agent/edge/node.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "harness/core/handle.hpp"
#include "topologies/reference/ha_agent/core/metadata.hpp"
#include "topologies/reference/ha_agent/core/report.hpp"
#include "topologies/reference/ha_agent/edge/http.hpp"
#include "topologies/reference/hostd/node_machine.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

// broker/submonitors/network.py: count 5, timeout 5 s.
constexpr int kProbes = 5;
constexpr const char* kProbeTimeout = "5";
constexpr auto kDaemonLimit = 15s;  // VM.destroy may take 10 s to answer
constexpr auto kPageLimit = 5s;

struct FreeMemory {
  void operator()(char* memory) const { std::free(memory); }
};
using Aligned = std::unique_ptr<char, FreeMemory>;

// O_DIRECT wants memory and lengths in whole blocks.
Aligned aligned(std::size_t size) {
  return Aligned(static_cast<char*>(std::aligned_alloc(kBlockBytes, size)));
}

Error failed(const char* attempted, const std::string& device) {
  return {.kind = ErrorKind::Unavailable,
          .attempted = attempted,
          .subject = device,
          .why = errno_text(errno)};
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// One ping with the system's program, as H has it; no output.
bool ping(const std::string& address) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 6> words = {"ping", "-c", "1", "-W", kProbeTimeout, address};
  std::array<char*, 7> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  pid_t pid = 0;
  const int spawned = posix_spawnp(&pid, "ping", &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (spawned != 0) return false;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// utime + stime of a process: fields 14 and 15, counted after the name in parentheses.
std::int64_t process_ticks(int pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = line.rfind(')');
  if (pid == 0 || name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  return user + system;
}

}  // namespace

Result<std::string> LunDisk::read() {
  const UniqueFd fd(::open(device_.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (!fd) return failed("open the metadata area", device_);
  const std::size_t size = kBlockBytes * (static_cast<std::size_t>(hosts_) + 1);
  const Aligned buffer = aligned(size);
  const ssize_t got = ::pread(fd.get(), buffer.get(), size, static_cast<off_t>(offset_));
  if (got != static_cast<ssize_t>(size)) return failed("read the metadata area", device_);
  return std::string(buffer.get(), size);
}

Result<void> LunDisk::write(int host_id, const std::string& block) {
  const UniqueFd fd(::open(device_.c_str(), O_WRONLY | O_DIRECT | O_SYNC | O_CLOEXEC));
  if (!fd) return failed("open the metadata area", device_);
  const Aligned buffer = aligned(kBlockBytes);
  std::memcpy(buffer.get(), block.data(), kBlockBytes);
  const auto at = offset_ + kBlockBytes * static_cast<std::uint64_t>(host_id);
  if (::pwrite(fd.get(), buffer.get(), kBlockBytes, static_cast<off_t>(at)) !=
      static_cast<ssize_t>(kBlockBytes))
    return failed("write the metadata of this host", device_);
  return success();
}

DaemonRpc::DaemonRpc(std::uint16_t port)
    : url_(fmt::format("http://127.0.0.1:{}{}", port, rpc::kPath)) {}

Result<rpc::Reply> DaemonRpc::ask(const rpc::Request& request) {
  SPLITSITE_TRY(const std::string answer, post(url_, rpc::encode(request), kDaemonLimit));
  return rpc::decode_reply(request, answer);
}

Result<bool> HostedLockspace::joined() {
  SPLITSITE_TRY(const auto state, leases_.lockspace(host_id_));
  if (state == hostd::LockspaceState::Joined) return true;
  if (state == hostd::LockspaceState::Absent) {
    SPLITSITE_TRY_VOID(leases_.begin_join(host_id_));
  }
  return false;
}

LocalNode::LocalNode(NodePaths paths, Duration network_test)
    : paths_(std::move(paths)), network_test_(network_test, [this] { test_network(); }) {}

void LocalNode::test_network() {
  if (paths_.gateway.empty()) return;
  int passed = 0;
  for (int i = 0; i < kProbes; ++i) passed += ping(paths_.gateway) ? 1 : 0;
  network_ = static_cast<double>(passed) / kProbes;
}

NodeReadings LocalNode::read(int engine_pid) {
  return {.network = network_,
          .management_link = first_line("/sys/class/net/" + paths_.bridge + "/operstate") == "up",
          .memory_free = hostd::NodeMachine().facts().memory_free_mib,
          .cpu_load = load_since_last(engine_pid),
          .local_maintenance = std::filesystem::exists(kMaintenancePath) ||
                               std::filesystem::exists(kManualMaintenancePath)};
}

// broker/submonitors/cpu_load_no_engine.py: what is neither idle nor waiting for I/O, of the first
// eight fields, because guest time is in user time already.
std::optional<double> LocalNode::load_since_last(int engine_pid) {
  std::istringstream fields(first_line("/proc/stat"));
  std::string name;
  fields >> name;
  Ticks now;
  for (int i = 0; i < 8; ++i) {
    std::int64_t value = 0;
    fields >> value;
    now.total += value;
    if (i != 3 && i != 4) now.busy += value;
  }
  now.engine = process_ticks(engine_pid);
  const std::optional<Ticks> last = std::exchange(last_ticks_, now);
  const bool same_engine = std::exchange(last_engine_pid_, engine_pid) == engine_pid;
  if (!last || now.total <= last->total) return std::nullopt;
  const std::int64_t engine = same_engine ? now.engine - last->engine : now.engine;
  const double busy = static_cast<double>(now.busy - last->busy - engine);
  return std::max(0.0, busy / static_cast<double>(now.total - last->total));
}

bool LocalNode::engine_page_answers() { return page_answers(paths_.engine_page, kPageLimit); }

// Written beside and moved over, so that nobody reads half of it.
void LocalNode::report(const std::string& json) {
  const std::string draft = std::string(kReportPath) + ".new";
  std::ofstream(draft) << json;
  std::error_code ignored;
  std::filesystem::rename(draft, kReportPath, ignored);
}

}  // namespace splitsite::reference::ha
