#include "harness/lab/supervisor/containment.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "harness/adapters/netlink/bridge.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::supervisor {
namespace {

namespace fs = std::filesystem;

Result<void> make_directory(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (!code) return success();
  errno = code.value();
  return system_error("make the directory", path.string());
}

Result<void> mount_new(const char* type, const char* target, const char* data = nullptr) {
  if (::mount(type, target, type, MS_NOSUID | MS_NODEV, data) == 0) return success();
  return system_error(std::string("mount a private ") + type + " on", target);
}

Result<void> bind_over(const std::string& source, const std::string& target) {
  if (::mount(source.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) == 0) return success();
  return system_error("put " + source + " over", target);
}

// libvirt decides by access(2), and root may access everything except for writing to a read-only
// mount. Any other cover makes libvirtd believe in KVM, find it missing when probing, drop its
// capability cache and probe again at every start of a domain.
Result<void> hide_kvm(const fs::path& lab) {
  std::error_code code;
  if (!fs::exists("/dev/kvm", code)) return success();
  const std::string cover = (lab / "libvirt/no-kvm").string();
  if (!std::ofstream(cover)) return system_error("make", cover);
  SPLITSITE_TRY_VOID(bind_over(cover, "/dev/kvm"));
  if (::mount(nullptr, "/dev/kvm", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0) {
    return success();
  }
  return system_error("hide", "/dev/kvm");
}

// New interfaces of this namespace stay silent: no IPv6 autoconfiguration on the lab's networks.
void silence_ipv6() { std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << "1\n"; }

}  // namespace

Result<void> enter_namespaces() {
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    return system_error("make the lab's namespaces", {});
  }
  // Nothing mounted in here may travel back to the machine.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return system_error("make mounts private", {});
  }
  return success();
}

Result<void> mount_private(const ContainmentPlan& plan) {
  const fs::path lab = plan.lab_directory;
  struct Replaced {
    const char* own;
    const char* machine;
  };
  for (const auto& [own, machine] :
       {Replaced{"lib", "/var/lib/libvirt"}, Replaced{"cache", "/var/cache/libvirt"},
        Replaced{"log", "/var/log/libvirt"}, Replaced{"etc", "/etc/libvirt"}}) {
    const fs::path source = lab / "libvirt" / own;
    SPLITSITE_TRY_VOID(make_directory(source));
    SPLITSITE_TRY_VOID(bind_over(source.string(), machine));
  }
  if (plan.hide_kvm) {
    SPLITSITE_TRY_VOID(hide_kvm(lab));
  }
  SPLITSITE_TRY_VOID(mount_new("tmpfs", "/run", "mode=755"));
  SPLITSITE_TRY_VOID(make_directory("/run/lock"));
  SPLITSITE_TRY_VOID(mount_new("proc", "/proc"));
  return mount_new("sysfs", "/sys");
}

Result<void> make_networks(const ContainmentPlan& plan) {
  silence_ipv6();
  SPLITSITE_TRY(netlink::Route route, netlink::Route::open());
  SPLITSITE_TRY_VOID(route.set_up("lo"));
  for (const std::string& bridge : plan.bridges) {
    SPLITSITE_TRY_VOID(route.add_bridge(bridge));
  }
  if (plan.address.empty()) return success();
  return route.add_address(plan.address_bridge, plan.address);
}

}  // namespace splitsite::supervisor
