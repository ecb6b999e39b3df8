// The VM verbs and everything that happens to VMs between them. Verbs change the table and return;
// whatever may block runs in its own thread, and its result comes back to the table. No port is
// ever called with the table locked.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "harness/time/clock.hpp"
#include "topologies/reference/hostd/core/vm_table.hpp"
#include "topologies/reference/hostd/operations.hpp"
#include "topologies/reference/hostd/ports.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference::hostd {

// What this daemon is: a node of a lab, with the means its node offers.
struct HostSettings {
  const LabConfig& lab;
  NodeId node;
  Timers timers;
  Acceleration acceleration = Acceleration::Kvm;
  HostPaths paths = {};
};

class VmService final : public HypervisorListener {
 public:
  VmService(const HostSettings& settings, Hypervisor& hypervisor, Clock& clock);

  rpc::Reply create(const rpc::CreateVm& request);
  rpc::Reply shutdown(const rpc::ShutdownVm& request);
  rpc::Reply reboot(const rpc::RebootVm& request);
  // Waits a little for the end; VmDestroyFailed if QEMU is still there then.
  rpc::Reply destroy(const rpc::DestroyVm& request);
  rpc::Reply resume(const rpc::ContinueVm& request);
  rpc::Reply migrate(const rpc::MigrateVm& request);
  rpc::Reply cancel_migration(const rpc::CancelMigration& request);
  // VM.hotplugLease and VM.hotunplugLease; waits for libvirt, but not for ever.
  rpc::Reply plug_lease(const VmId& vm, bool plug);

  std::vector<rpc::VmReport> reports();
  // False until the domains that outlived a former daemon are known: nobody may be told "no VMs".
  bool recovered();

  // To be called every Timers::refresh: processes, leases, and the passing of time.
  void refresh();
  // To be called every Timers::pause_check: ends VMs paused by an error for too long (2.5).
  void end_overdue();
  // Storage was good in a read that began at `valid_since`: VMs paused before it may go on, those
  // with a lease only if it can be taken again.
  void resume_paused_before(Instant valid_since, bool lockspace_joined);

  void on_event(const DomainEvent& event) override;
  void on_connected(const std::vector<DomainState>& domains) override;
  void on_disconnected(const std::string& why) override;

 private:
  // What was last seen of a VM's process, outside libvirt.
  struct Seen {
    int pid = 0;
    int looks_without_process = 0;
  };

  void start_thread(const GuestSpec& spec);
  void finish_start(const GuestSpec& spec, const Result<void>& result);
  void end_thread(const VmId& vm, bool forget);
  void finish_end(const VmId& vm, bool forget, const Result<void>& result);
  void migrate_thread(const VmId& vm, const NodeConfig& destination);
  void resume_thread(const VmId& vm);
  void cancel_thread(const VmId& vm, std::shared_ptr<std::optional<bool>> done);
  void plug_thread(const GuestSpec& spec, bool plug, std::shared_ptr<std::optional<bool>> done);
  void look_at(const VmRecord& record);
  void forget(const VmId& vm);  // with mutex_ held
  Instant now() const { return clock_.now(); }

  const HostSettings& settings_;
  Hypervisor& hypervisor_;
  Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  VmTable table_;
  std::map<VmId, Seen> seen_;
  std::set<VmId> starting_;  // a create call runs: only its result decides
  std::set<VmId> busy_;      // an end, resume or migrate call runs
  bool recovered_ = false;

  Operations operations_;  // last: its threads use all of the above
};

}  // namespace splitsite::reference::hostd
