// A host with its daemon, in virtual time: what splitsite-hostd, libvirt, QEMU and sanlock would do
// together, as far as the Manager can see it. Keeps the lease rules by itself, whatever it is told.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "topologies/reference/manager/simulation/ha_agent.hpp"
#include "topologies/reference/manager/simulation/lockspace.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference {

struct SimulatedVm {
  rpc::VmPhase phase = rpc::VmPhase::WaitForLaunch;
  bool with_lease = true;
  Instant since{};          // of the phase
  std::string destination;  // while MigrationSource
  bool cancelled = false;   // of that migration
  ResumeBehaviour resume_behaviour = ResumeBehaviour::AutoResume;
  bool resume_refused = false;  // paused, and its lease could not be taken again
  int exit_code = 0;
  int exit_reason = 0;
  std::string exit_message;

  bool runs() const;  // its CPUs run: the copy that counts
  bool changes_by_time() const;
};

class SimulatedHost {
 public:
  SimulatedHost(std::string name, int host_id, SimulatedLockspace& lockspace,
                const TimingConfig& timing)
      : name_(std::move(name)), id_(host_id), lockspace_(lockspace), timing_(timing) {}

  const std::string& name() const { return name_; }
  int id() const { return id_; }
  const std::map<VmId, SimulatedVm>& vms() const { return vms_; }
  bool runs(const VmId& vm) const;
  bool migrates() const;  // some VM is on its way to or from here
  rpc::SpmRole spm() const { return spm_; }
  bool joined() const { return joined_; }
  bool powered() const { return powered_; }
  bool answers() const { return powered_ && reachable && !daemon_hangs; }

  bool reachable = true;           // by the Manager
  bool storage = true;             // sees the LUN
  std::set<VmId> bad_disks;        // the LUN is there, but reads and writes of these VMs fail
  Duration storage_delay{};        // what a read of the domain takes
  bool daemon_hangs = false;       // until it is restarted; VMs and leases go on
  bool restarts_daemon = true;     // its restart service works
  std::set<VmId> ignore_shutdown;  // guests that do not hear the power button
  bool kill_qemu_late = false;     // QEMU withstands SIGTERM and dies by SIGKILL, 40 s later
  std::optional<SimulatedHaAgent> ha_agent;
  bool stuck_qemu = false;  // QEMU withstands SIGKILL, too: the watchdog resets the host

  void power_off();
  void power_on();
  void kill_vm(const VmId& vm, Instant now);  // QEMU dies
  void shut_down_from_within(const VmId& vm, Instant now);
  void leave_lockspace();  // uncleanly, and it joins again when sanlock lets it
  // Renewals, joins, boots, lease losses. Migrations are the cluster's, it knows both ends.
  void pass_time(Instant now);
  rpc::Reply handle(const rpc::Request& request, Instant now);

  void receive_migration(const VmId& vm, const SimulatedVm& as, Instant now);
  void finish_migration(const VmId& vm, bool moved, bool incoming, Instant now);

 private:
  friend struct HostAnswers;
  void end_vm(const VmId& name, SimulatedVm& vm, int code, rpc::ExitReason reason,
              const std::string& why, Instant now);
  void enter(SimulatedVm& vm, rpc::VmPhase phase, Instant now);
  void keep_lockspace(Instant now);
  void lose_leases(Instant now);
  void launch(const VmId& name, SimulatedVm& vm, Instant now);
  void pass_time(const VmId& name, SimulatedVm& vm, Instant now);
  void pause(const VmId& name, SimulatedVm& vm, Instant now);
  void look_at_paused(const VmId& name, SimulatedVm& vm, Instant now);
  bool resume(const VmId& name, SimulatedVm& vm, Instant now);
  bool io_fails(const VmId& name, Instant now) const;
  void watch_storage(Instant now);
  void contend(Instant now);
  rpc::HostStats stats(Instant now) const;

  const std::string name_;
  const int id_;
  SimulatedLockspace& lockspace_;
  const TimingConfig timing_;
  bool powered_ = true;
  int boot_ = 1;
  bool pool_connected_ = false;
  bool joined_ = false;
  bool lun_seen_ = false;                      // since it booted
  std::optional<Instant> storage_lost_since_;  // what was queued fails 8 × io_timeout later
  std::set<VmId> to_release_;                  // leases given up while storage could not be written
  rpc::SpmRole spm_ = rpc::SpmRole::Free;
  std::map<VmId, SimulatedVm> vms_;
  bool changing_ = false;  // a VM may be in a phase that ends by time alone
};

}  // namespace splitsite::reference
