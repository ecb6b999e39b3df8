// The Hypervisor port on the node's libvirtd. Events come over one connection that is kept up for
// ever; every operation opens its own, because libvirtd serves five requests of a client at a time
// and a start that waits for a lease is one of them for minutes.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

struct LibvirtOptions {
  std::string uri = "qemu:///system";
  std::filesystem::path pid_dir = "/run/libvirt/qemu";
  std::filesystem::path console_dir = "/var/log/guests";
};

class LibvirtHypervisor final : public Hypervisor {
 public:
  explicit LibvirtHypervisor(LibvirtOptions options = {});
  ~LibvirtHypervisor() override;

  void watch(HypervisorListener& listener) override;
  Result<void> create(const GuestSpec& spec) override;
  Result<void> shutdown(const VmId& vm) override;
  Result<void> reboot(const VmId& vm) override;
  Result<void> destroy(const VmId& vm) override;
  Result<void> resume(const VmId& vm) override;
  Result<void> migrate(const VmId& vm, const NodeConfig& destination) override;
  Result<void> abort_migration(const VmId& vm) override;
  Result<void> plug_lease(const GuestSpec& spec) override;
  Result<void> unplug_lease(const GuestSpec& spec) override;
  void relist() override;
  std::optional<int> qemu_pid(const VmId& vm) override;
  bool guest_answers(const VmId& vm) override;

  class Watch;  // the connection for events, and its threads; internal

 private:
  LibvirtOptions options_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace splitsite::reference::hostd
