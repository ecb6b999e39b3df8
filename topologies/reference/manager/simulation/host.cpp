#include "topologies/reference/manager/simulation/host.hpp"

#include <algorithm>

namespace splitsite::reference {
namespace {

using rpc::Code;
using rpc::Done;
using rpc::ExitReason;
using rpc::SpmRole;
using rpc::VmPhase;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kBootsWithin{5};
constexpr seconds kShutsDownWithin{3};
constexpr seconds kShutdownGivenUp{25};  // the daemon: a guest that still runs is Up again
constexpr seconds kKillGrace{40};        // SIGTERM to SIGKILL (fact 2.6)
constexpr seconds kWatchdogFires{50};    // after SIGTERM, at the latest 59 s (fact 2.6)
constexpr const char* kSpmLease = "SDM";

rpc::Reply error(Code code, const std::string& why) {
  return rpc::Error{.code = static_cast<int>(code), .message = why};
}

}  // namespace

bool SimulatedVm::runs() const {
  return phase == VmPhase::PoweringUp || phase == VmPhase::Up || phase == VmPhase::PoweringDown ||
         phase == VmPhase::MigrationSource || phase == VmPhase::RebootInProgress;
}

bool SimulatedVm::changes_by_time() const {
  return phase == VmPhase::WaitForLaunch || phase == VmPhase::PoweringUp ||
         phase == VmPhase::PoweringDown || phase == VmPhase::Paused ||
         phase == VmPhase::RebootInProgress;
}

bool SimulatedHost::runs(const VmId& vm) const {
  const auto found = vms_.find(vm);
  return powered_ && found != vms_.end() && found->second.runs();
}

bool SimulatedHost::migrates() const {
  return std::any_of(vms_.begin(), vms_.end(), [](const auto& entry) {
    const VmPhase phase = entry.second.phase;
    return phase == VmPhase::MigrationSource || phase == VmPhase::MigrationDestination;
  });
}

void SimulatedHost::power_off() {
  powered_ = false;
  pool_connected_ = false;
  joined_ = false;
  lun_seen_ = false;
  storage_lost_since_.reset();
  to_release_.clear();
  spm_ = SpmRole::Free;
  vms_.clear();
}

void SimulatedHost::power_on() {
  if (powered_) return;
  powered_ = true;
  daemon_hangs = false;
  ++boot_;
}

void SimulatedHost::enter(SimulatedVm& vm, VmPhase phase, Instant now) {
  vm.phase = phase;
  vm.since = now;
  changing_ = true;
}

void SimulatedHost::end_vm(const VmId& name, SimulatedVm& vm, int code, ExitReason reason,
                           const std::string& why, Instant now) {
  if (vm.with_lease && vm.runs() && storage && joined_) lockspace_.release(name.str(), id_);
  enter(vm, VmPhase::Down, now);
  vm.exit_code = code;
  vm.exit_reason = static_cast<int>(reason);
  vm.exit_message = why;
}

void SimulatedHost::kill_vm(const VmId& name, Instant now) {
  const auto found = vms_.find(name);
  if (found == vms_.end() || !found->second.runs()) return;
  end_vm(name, found->second, 1, ExitReason::LostQemuConnection, "Lost connection with qemu", now);
}

void SimulatedHost::shut_down_from_within(const VmId& name, Instant now) {
  end_vm(name, vms_.at(name), 0, ExitReason::UserShutdown, "User shut down from within the guest",
         now);
}

void SimulatedHost::leave_lockspace() {
  joined_ = false;
  spm_ = SpmRole::Free;
}

void SimulatedHost::pass_time(Instant now) {
  if (!powered_) return;
  if (ha_agent) ha_agent->pass_time(now);
  watch_storage(now);
  keep_lockspace(now);
  if (!powered_) return;  // reset by its watchdog
  if (changing_ || storage_lost_since_ || !bad_disks.empty()) {
    for (auto& [name, vm] : vms_) pass_time(name, vm, now);
    changing_ = std::any_of(vms_.begin(), vms_.end(),
                            [](const auto& entry) { return entry.second.changes_by_time(); });
  }
  contend(now);
}

void SimulatedHost::watch_storage(Instant now) {
  if (storage) {
    lun_seen_ = true;
    storage_lost_since_.reset();
  } else if (!storage_lost_since_) {
    storage_lost_since_ = now;
  }
}

void SimulatedHost::keep_lockspace(Instant now) {
  if (joined_ && storage) {
    for (const VmId& vm : to_release_) lockspace_.release(vm.str(), id_);
    to_release_.clear();
  }
  if (joined_ && storage) lockspace_.renew(id_, now);
  if (joined_ && !storage && lockspace_.is_expired(id_, now)) lose_leases(now);
  if (!joined_ && pool_connected_ && storage && lockspace_.can_join(id_, now)) {
    lockspace_.join(id_, now);
    joined_ = true;
  }
}

// Fact 2.6: the daemon dies first or lets go, QEMU by SIGTERM at 8 × io_timeout or by SIGKILL 40 s
// later; in both cases before others may take the leases.
void SimulatedHost::lose_leases(Instant now) {
  spm_ = SpmRole::Free;
  if (stuck_qemu) {
    if (lockspace_.is_expired(id_, now - kWatchdogFires)) power_off();
    return;
  }
  if (kill_qemu_late && !lockspace_.is_expired(id_, now - kKillGrace)) return;
  for (auto& [name, vm] : vms_) {
    // A paused QEMU has given its lease up, so sanlock does not know it.
    const bool holds = vm.with_lease && vm.phase != VmPhase::Down && vm.phase != VmPhase::Paused;
    if (!holds) continue;
    end_vm(name, vm, 1, ExitReason::LostQemuConnection, "the lease was lost", now);
  }
  to_release_.clear();
  joined_ = false;
}

void SimulatedHost::launch(const VmId& name, SimulatedVm& vm, Instant now) {
  if (!vm.with_lease) return enter(vm, VmPhase::PoweringUp, now);
  const auto fail = [&](const std::string& why) {
    end_vm(name, vm, 1, ExitReason::LibvirtStartFailed, why, now);
  };
  if (!joined_ || !storage) return fail("the lockspace is not joined");
  switch (lockspace_.acquire(name.str(), id_, now)) {
    case SimulatedLockspace::Answer::Acquired:
      return enter(vm, VmPhase::PoweringUp, now);
    case SimulatedLockspace::Answer::HeldByLiveHost:
      return fail("Failed to acquire lock: error -243");
    case SimulatedLockspace::Answer::Wait:
      return;
  }
}

void SimulatedHost::pass_time(const VmId& name, SimulatedVm& vm, Instant now) {
  if (vm.phase == VmPhase::WaitForLaunch) launch(name, vm, now);
  if (vm.runs() && vm.phase != VmPhase::MigrationSource && io_fails(name, now)) {
    pause(name, vm, now);
  }
  if (vm.phase == VmPhase::Paused) look_at_paused(name, vm, now);
  const bool boots = vm.phase == VmPhase::PoweringUp || vm.phase == VmPhase::RebootInProgress;
  if (boots && now - vm.since >= kBootsWithin) {
    enter(vm, VmPhase::Up, now);
  }
  if (vm.phase != VmPhase::PoweringDown) return;
  const bool ignores = ignore_shutdown.count(name) > 0;
  if (ignores && now - vm.since >= kShutdownGivenUp) enter(vm, VmPhase::Up, now);
  if (!ignores && now - vm.since >= kShutsDownWithin) {
    end_vm(name, vm, 0, ExitReason::AdminShutdown, "Admin shut down from the engine", now);
  }
}

// Multipath queues for as long as sanlock renews: no_path_retry (fact 2.5).
bool SimulatedHost::io_fails(const VmId& name, Instant now) const {
  const bool path_failed =
      storage_lost_since_ && now - *storage_lost_since_ >= timing_.lease_lost_after();
  return path_failed || bad_disks.count(name) > 0;
}

// libvirt gives the lease up with the pause (fact 2.4), as soon as it can be written.
void SimulatedHost::pause(const VmId& name, SimulatedVm& vm, Instant now) {
  enter(vm, VmPhase::Paused, now);
  vm.resume_refused = false;
  if (!vm.with_lease) return;
  if (storage && joined_) {
    lockspace_.release(name.str(), id_);
  } else {
    to_release_.insert(name);
  }
}

// VDSM: a look every 4 × io_timeout kills what has been paused for more than 8 × io_timeout, and a
// domain that is valid again resumes the others (fact 2.5).
void SimulatedHost::look_at_paused(const VmId& name, SimulatedVm& vm, Instant now) {
  const Duration limit = 8 * timing_.sanlock_io_timeout;
  const bool kill = vm.resume_behaviour == ResumeBehaviour::Kill;
  const Duration period = 4 * timing_.sanlock_io_timeout;
  const bool looked = now.time_since_epoch() / period != vm.since.time_since_epoch() / period &&
                      now.time_since_epoch() % period < seconds(1);
  if (kill && looked && now - vm.since > limit) {
    return end_vm(name, vm, 1, ExitReason::DestroyedOnPauseTimeout,
                  "Down because paused for too long", now);
  }
  const bool too_late = kill && now - vm.since > limit;
  const bool valid = storage && bad_disks.count(name) == 0;
  if (!valid || too_late || vm.resume_behaviour == ResumeBehaviour::LeavePaused) return;
  if (!vm.resume_refused) resume(name, vm, now);
}

bool SimulatedHost::resume(const VmId& name, SimulatedVm& vm, Instant now) {
  if (vm.with_lease && !(joined_ && storage)) return false;
  if (vm.with_lease &&
      lockspace_.acquire(name.str(), id_, now) != SimulatedLockspace::Answer::Acquired) {
    vm.resume_refused = true;
    return false;
  }
  to_release_.erase(name);
  enter(vm, VmPhase::Up, now);
  return true;
}

void SimulatedHost::contend(Instant now) {
  if (spm_ != SpmRole::Contend) return;
  if (!joined_ || !storage) return;
  const auto answer = lockspace_.acquire(kSpmLease, id_, now);
  if (answer == SimulatedLockspace::Answer::Acquired) spm_ = SpmRole::Spm;
  if (answer == SimulatedLockspace::Answer::HeldByLiveHost) spm_ = SpmRole::Free;
}

void SimulatedHost::receive_migration(const VmId& name, const SimulatedVm& as, Instant now) {
  SimulatedVm incoming = as;
  enter(incoming, VmPhase::MigrationDestination, now);
  vms_[name] = incoming;
}

void SimulatedHost::finish_migration(const VmId& name, bool moved, bool incoming, Instant now) {
  SimulatedVm& vm = vms_.at(name);
  if (incoming == moved) {
    enter(vm, VmPhase::Up, now);
    if (moved && vm.with_lease) lockspace_.hand_over(name.str(), id_);
    return;
  }
  const ExitReason reason = moved ? ExitReason::MigrationSucceeded : ExitReason::MigrationFailed;
  enter(vm, VmPhase::Down, now);  // the lease is not released: it has been handed over, or stayed
  vm.exit_code = moved ? 0 : 1;
  vm.exit_reason = static_cast<int>(reason);
  vm.exit_message = moved ? "Migration succeeded" : "VM failed to migrate";
}

rpc::HostStats SimulatedHost::stats(Instant now) const {
  const Duration silent = storage_lost_since_ ? now - *storage_lost_since_ : Duration{};
  const bool failed = silent >= timing_.lease_lost_after();
  rpc::HostStats stats{.hostname = name_,
                       .boot_id = std::to_string(boot_),
                       .storage = {.connected = pool_connected_ && lun_seen_,
                                   .lun_visible = lun_seen_,
                                   .lun_error = failed ? "Input/output error" : "",
                                   .last_check = std::chrono::duration_cast<milliseconds>(silent),
                                   .delay = std::chrono::duration_cast<milliseconds>(storage_delay),
                                   .lockspace_joined = joined_},
                       .spm = {.status = spm_},
                       .mem_free_mib = 4096,
                       .mem_total_mib = 8192};
  if (ha_agent) stats.ha = ha_agent->stats();
  for (const auto& [name, vm] : vms_) {
    stats.vms.push_back({.vm = name,
                         .status = vm.phase,
                         .exit_code = vm.exit_code,
                         .exit_message = vm.exit_message,
                         .exit_reason = vm.exit_reason,
                         .pause_code = vm.phase == VmPhase::Paused ? "EOTHER" : ""});
  }
  return stats;
}

// What each verb does; one overload per request.
struct HostAnswers {
  SimulatedHost& host;
  Instant now;

  rpc::Reply operator()(const rpc::GetStats&) const { return host.stats(now); }
  rpc::Reply operator()(const rpc::ConnectPool&) const {
    host.pool_connected_ = true;
    return Done{};
  }
  rpc::Reply operator()(const rpc::DisconnectPool&) const {
    host.pool_connected_ = false;
    if (host.joined_ && host.storage) host.lockspace_.leave(host.id_);
    if (host.storage) host.joined_ = false;
    return Done{};
  }
  rpc::Reply operator()(const rpc::GetSpmStatus&) const {
    if (!host.storage || !host.joined_) return error(Code::DomainAccess, "no lockspace");
    return rpc::SpmReport{.spm_status = host.spm_, .spm_id = host.lockspace_.owner(kSpmLease, now)};
  }
  rpc::Reply operator()(const rpc::StartSpm&) const {
    if (host.spm_ == SpmRole::Free) host.spm_ = SpmRole::Contend;
    return Done{};
  }
  rpc::Reply operator()(const rpc::StopSpm&) const {
    if (host.spm_ == SpmRole::Spm && !host.storage) return error(Code::ReleaseLock, "no storage");
    if (host.spm_ == SpmRole::Spm) host.lockspace_.release(kSpmLease, host.id_);
    host.spm_ = SpmRole::Free;
    return Done{};
  }
  rpc::Reply operator()(const rpc::CreateVm& r) const {
    if (host.vms_.count(r.vm) != 0) return error(Code::VmExists, "Virtual machine already exists");
    host.vms_[r.vm] = SimulatedVm{
        .with_lease = r.with_lease, .since = now, .resume_behaviour = r.resume_behaviour};
    host.changing_ = true;
    return Done{};
  }
  rpc::Reply operator()(const rpc::ShutdownVm& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.runs()) host.enter(found->second, VmPhase::PoweringDown, now);
    return Done{};
  }
  rpc::Reply operator()(const rpc::DestroyVm& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.runs()) {
      host.end_vm(r.vm, found->second, 0, ExitReason::AdminShutdown, "destroyed", now);
    }
    host.vms_.erase(found);
    return Done{};
  }
  rpc::Reply operator()(const rpc::ContinueVm& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.phase != VmPhase::Paused) return error(Code::Unexpected, "not paused");
    if (!host.resume(r.vm, found->second, now)) return error(Code::AcquireLock, "not resumed");
    return Done{};
  }
  rpc::Reply operator()(const rpc::MigrateVm& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.phase != VmPhase::Up && found->second.phase != VmPhase::PoweringUp) {
      return error(Code::MigrationError, "not up");
    }
    host.enter(found->second, VmPhase::MigrationSource, now);
    found->second.destination = r.destination;
    found->second.cancelled = false;
    return Done{};
  }
  rpc::Reply operator()(const rpc::RebootVm& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.phase != VmPhase::Up && found->second.phase != VmPhase::PoweringUp) {
      return error(Code::VmIsDown, "not up");
    }
    host.enter(found->second, VmPhase::RebootInProgress, now);
    return Done{};
  }
  rpc::Reply operator()(const rpc::CancelMigration& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.phase != VmPhase::MigrationSource) {
      return error(Code::MigrationCancelFailed, "Migration not in progress");
    }
    found->second.cancelled = true;
    return Done{};
  }
  rpc::Reply operator()(const rpc::CreateLease&) const { return as_spm(); }
  rpc::Reply operator()(const rpc::DeleteLease&) const { return as_spm(); }
  rpc::Reply operator()(const rpc::PlugLease& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    const bool taken =
        host.joined_ && host.storage &&
        host.lockspace_.acquire(r.vm.str(), host.id_, now) == SimulatedLockspace::Answer::Acquired;
    if (!taken) return error(Code::AcquireLock, "Failed to acquire lock");
    found->second.with_lease = true;
    return Done{};
  }
  rpc::Reply operator()(const rpc::UnplugLease& r) const {
    const auto found = host.vms_.find(r.vm);
    if (found == host.vms_.end()) return error(Code::NoSuchVm, "no such VM");
    if (found->second.with_lease) host.lockspace_.release(r.vm.str(), host.id_);
    found->second.with_lease = false;
    return Done{};
  }

  rpc::Reply operator()(const rpc::SetHaMaintenance& r) const {
    if (!host.ha_agent) return error(Code::ResourceUnavailable, "no HA agent");
    if (!host.ha_agent->tell(r.enabled)) return error(Code::HaPolicy, "the agent cannot be told");
    return Done{};
  }

  rpc::Reply as_spm() const {
    if (host.spm_ != SpmRole::Spm) return error(Code::SpmStatusError, "Not SPM");
    if (!host.storage) return error(Code::DomainAccess, "no storage");
    return Done{};
  }
  // The cluster's: they concern another host, or go on when the daemon does not.
  rpc::Reply operator()(const rpc::FenceNode&) const {
    return error(Code::NotImplemented, "no power controller");
  }
  rpc::Reply operator()(const rpc::RestartDaemon&) const {
    return error(Code::NotImplemented, "no restart service");
  }
};

rpc::Reply SimulatedHost::handle(const rpc::Request& request, Instant now) {
  return std::visit(HostAnswers{*this, now}, request);
}

}  // namespace splitsite::reference
