#include "harness/lab/preflight.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/adapters/netlink/bridge.hpp"
#include "harness/core/handle.hpp"

namespace splitsite {
namespace {

namespace fs = std::filesystem;

constexpr double kMiBPerGiB = 1024;
// A fresh image is unpacked (0.5 GiB) beside its packed form; a lab's disks are sparse.
constexpr double kDiskGiB = 3;
// QEMU beside the memory of its node: code, tables and, under TCG, the translation cache.
constexpr int kQemuMiB = 192;

Check passed(std::string what, std::string found) {
  return {.what = std::move(what), .passed = true, .found = std::move(found), .mend = {}};
}

Check failed(std::string what, std::string found, std::string mend) {
  return {std::move(what), false, std::move(found), std::move(mend)};
}

Check check_root() {
  if (::geteuid() == 0) return passed("permission", "root");
  return failed("permission", "namespaces and bridges need root", "run it with sudo");
}

Check check_program(const std::string& program, const std::string& package) {
  for (const char* directory : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    if (::access((directory + program).c_str(), X_OK) == 0) return passed(program, "installed");
  }
  return failed(program, "not installed", "apt-get install -y " + package);
}

// In a child, because what it tries cannot be taken back in this process.
template <class Attempt>
bool works_in_a_child(Attempt attempt) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(attempt() ? 0 : 1);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

Check check_namespaces() {
  const bool works = works_in_a_child([] {
    return ::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID) == 0;
  });
  if (works) return passed("namespaces", "mount, network, IPC, UTS and PID");
  return failed("namespaces", "this kernel or container does not let us make them",
                "run it on the machine itself, or in a privileged container");
}

Check check_bridges() {
  const bool works = works_in_a_child([] {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    auto route = netlink::Route::open();
    return route && route.value().add_bridge("probe");
  });
  if (works) return passed("network bridges", "can be made");
  return failed("network bridges", "this kernel cannot make one", "modprobe bridge");
}

Check check_tun() {
  const UniqueFd device(::open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (device) return passed("/dev/net/tun", "usable");
  return failed("/dev/net/tun", errno_text(errno), "modprobe tun");
}

Check check_disk(const StateDirectory& state) {
  fs::path place = state.path();
  while (!fs::exists(place) && place.has_relative_path()) place = place.parent_path();
  std::error_code code;
  const fs::space_info space = fs::space(place, code);
  const double free = static_cast<double>(space.available) / (1024.0 * 1024.0 * kMiBPerGiB);
  const std::string found =
      fmt::format("{:.1f} GiB free in {}, {:.0f} GiB needed", free, place.string(), kDiskGiB);
  if (!code && free >= kDiskGiB) return passed("disk", found);
  return failed("disk", found, "free some, or name another place with --state DIR");
}

int available_memory_mib() {
  std::ifstream file("/proc/meminfo");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string key;
    long kib = 0;
    if (words >> key >> kib && key == "MemAvailable:") return static_cast<int>(kib / 1024);
  }
  return 0;
}

Check check_memory(const LabConfig& config) {
  int needed = 0;
  for (const NodeConfig& node : config.nodes) needed += node.memory_mib + kQemuMiB;
  const int available = available_memory_mib();
  const std::string found =
      fmt::format("{:.1f} GiB available, {:.1f} GiB needed by {} nodes at most",
                  available / kMiBPerGiB, needed / kMiBPerGiB, config.nodes.size());
  if (available >= needed) return passed("memory", found);
  return failed("memory", found,
                "end other labs (splitsite lab status), or give the nodes less in the topology");
}

Check check_socket_paths(const LabConfig& config, const LabPaths& paths) {
  std::string longest = paths.run() + "/libvirt-admin-sock";
  for (const NodeConfig& node : config.nodes) {
    const std::string path = paths.shell_socket(node.name);
    if (path.size() > longest.size()) longest = path;
  }
  constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  if (longest.size() <= kMost) return passed("socket paths", "short enough");
  return failed(
      "socket paths",
      fmt::format("{} has {} characters, the kernel takes {}", longest, longest.size(), kMost),
      "name a shorter place with --state DIR");
}

// The supervisor covers these with the lab's own.
Check check_state_place(const StateDirectory& state) {
  for (const char* covered : {"/run/", "/var/run/", "/proc/", "/sys/", "/etc/libvirt/",
                              "/var/lib/libvirt/", "/var/cache/libvirt/", "/var/log/libvirt/"}) {
    if ((state.path() + "/").starts_with(covered)) {
      return failed("state directory", state.path() + " is hidden inside a lab",
                    "name another place with --state DIR");
    }
  }
  return passed("state directory", state.path());
}

}  // namespace

std::vector<Check> check_machine(const StateDirectory& state) {
  std::vector<Check> checks{check_root(), check_state_place(state), check_disk(state)};
  struct Needed {
    const char* program;
    const char* package;
  };
  for (const auto& [program, package] :
       {Needed{"libvirtd", "libvirt-daemon-system"},
        Needed{"qemu-system-x86_64", "qemu-system-x86"}, Needed{"mksquashfs", "squashfs-tools"},
        Needed{"mmdebstrap", "mmdebstrap"}, Needed{"cpio", "cpio"}, Needed{"jq", "jq"},
        Needed{"unshare", "util-linux"}}) {
    checks.push_back(check_program(program, package));
  }
  if (!checks.front().passed) return checks;  // the rest can only be seen by root
  checks.push_back(check_namespaces());
  checks.push_back(check_bridges());
  checks.push_back(check_tun());
  return checks;
}

std::vector<Check> check_lab(const LabConfig& config, const LabPaths& paths) {
  return {check_memory(config), check_socket_paths(config, paths)};
}

Result<void> require(const std::vector<Check>& checks) {
  std::string found;
  std::string mend;
  for (const Check& check : checks) {
    if (check.passed) continue;
    found += fmt::format("{}{}: {}", found.empty() ? "" : "; ", check.what, check.found);
    mend += fmt::format("{}{}", mend.empty() ? "" : "; ", check.mend);
  }
  if (found.empty()) return success();
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "begin on this machine",
               .why = found,
               .hint = mend};
}

}  // namespace splitsite
