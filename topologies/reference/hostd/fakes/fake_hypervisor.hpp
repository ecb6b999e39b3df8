// A hypervisor in memory, for tests: starts block until they are let go, and everything libvirt
// would say is said through the listener.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

class FakeHypervisor final : public Hypervisor {
 public:
  // Starts of `vm` return `result` once this was called; until then they block, as on a held lease.
  void let_start(const VmId& vm, Result<void> result);
  void let_migrate(Result<void> result);
  void let_resume(Result<void> result);  // what resuming gives; success until told
  void connect(const std::vector<DomainState>& domains) { listener_->on_connected(domains); }
  void say(const VmId& vm, DomainEventKind kind, const std::string& reason = {}) {
    listener_->on_event({vm, kind, reason});
  }
  void stall_destroy(bool on);
  void kill_process(const VmId& vm);
  void let_reboot(Result<void> result);  // what rebooting gives; success until told
  int resumed() const;
  int rebooted() const;
  int relisted() const;
  int plugged() const;  // leases attached to running VMs, less those detached
  bool has(const VmId& vm) const;

  void watch(HypervisorListener& listener) override { listener_ = &listener; }
  Result<void> create(const GuestSpec& spec) override;
  Result<void> shutdown(const VmId& vm) override;
  Result<void> reboot(const VmId& vm) override;
  Result<void> destroy(const VmId& vm) override;
  Result<void> resume(const VmId& vm) override;
  Result<void> migrate(const VmId& vm, const NodeConfig& destination) override;
  Result<void> abort_migration(const VmId& vm) override;  // one that is under way fails
  Result<void> plug_lease(const GuestSpec& spec) override;
  Result<void> unplug_lease(const GuestSpec& spec) override;
  void relist() override;
  std::optional<int> qemu_pid(const VmId& vm) override;
  bool guest_answers(const VmId&) override { return true; }

 private:
  HypervisorListener* listener_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<VmId, Result<void>> starts_;
  std::optional<Result<void>> migration_;
  bool migrates_ = false;
  Result<void> resume_ = success();
  Result<void> reboot_ = success();
  std::map<VmId, int> pids_;
  int next_pid_ = 1000;
  int resumed_ = 0;
  int rebooted_ = 0;
  int relisted_ = 0;
  int plugged_ = 0;
  bool destroy_stalls_ = false;
};

}  // namespace splitsite::reference::hostd
