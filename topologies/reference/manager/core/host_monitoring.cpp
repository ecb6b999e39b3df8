#include "topologies/reference/manager/core/host_monitoring.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/core/fencing.hpp"
#include "topologies/reference/manager/core/ha_restart.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/non_operational.hpp"
#include "topologies/reference/manager/core/not_responding.hpp"
#include "topologies/reference/manager/core/storage_monitoring.hpp"
#include "topologies/reference/manager/core/vm_monitoring.hpp"

namespace splitsite::reference {
namespace {

// oVirt's AuditLogType says these no more often (fact 3.1: 9027 every three minutes).
constexpr std::chrono::minutes kNotRespondingInterval{3};
constexpr std::chrono::seconds kInitializingInterval{30};

// Hosts nobody expects an answer from.
bool is_ignored(HostStatus status) {
  return status == HostStatus::Maintenance || status == HostStatus::Down;
}

// Fact 3.1: both limits must be exceeded. A host that has not answered since the Manager started
// has no last contact, so only the attempts count for it.
bool in_grace_period(const Change& change, const HostState& host) {
  const bool few = host.failed_attempts <= change.state.timing.vds_attempts_to_reset_count;
  const bool recent =
      host.last_contact && change.now - *host.last_contact <= silence_allowed(change.state, host);
  return few || recent;
}

void become_connecting(Change& change, HostState& host) {
  if (host.status == HostStatus::Connecting || host.status == HostStatus::PreparingForMaintenance ||
      host.status == HostStatus::NonResponsive) {
    return;
  }
  host.before_connecting = host.status;
  change.set_status(host, HostStatus::Connecting);
  if (!host.power_management) {
    return change.audit_at_most_every(
        kNotRespondingInterval, 9027, Severity::Warning,
        fmt::format("Host {} is not responding. Host cannot be fenced automatically because power "
                    "management for the host is disabled.",
                    host.name),
        {.host = host.name});
  }
  const auto grace =
      std::chrono::duration_cast<std::chrono::seconds>(silence_allowed(change.state, host));
  change.audit(
      9008, Severity::Warning,
      fmt::format("Host {} is not responding. It will stay in Connecting state for a grace period "
                  "of {} seconds and after that an attempt to fence the host will be issued.",
                  host.name, grace.count()),
      {.host = host.name});
}

void become_non_responsive(Change& change, HostState& host, const PollFailed& poll) {
  change.set_status(host, HostStatus::NonResponsive);
  host.wants_maintenance = false;
  host.exceptions_until_lease_restart =
      change.state.timing.number_vds_refreshes_before_try_to_start_unknown_vms;
  const About about{.host = host.name};
  change.audit(
      12, Severity::Error,
      fmt::format("Host {} is non responsive: {} ({}).", host.name, poll.why, to_string(poll.kind)),
      about);
  vms_become_unknown(change, host.name);
  treat_not_responding(change, host);
}

void become_up(Change& change, HostState& host) {
  host.failed_attempts = 0;
  host.connecting_storage.reset();
  change.set_status(host, HostStatus::Up);
  change.audit(13, Severity::Normal, fmt::format("Status of host {} was set to Up.", host.name),
               {.host = host.name});
}

bool reads_storage(const HostState& host) {
  return host.storage.connected && host.storage.error.empty();
}

// What oVirt does to a host that is about to be Up (InitVdsOnUpCommand): its storage is connected,
// and a host that cannot read the domain becomes NonOperational, unless nobody is known to read it.
// The lockspace is joined later: VmLeasesReady covers the gap (fact 2.2). One call may last for
// vdsTimeout, so long is a storage waited for that is still being connected.
void finish_initializing(Change& change, HostState& host) {
  if (host.status != HostStatus::Initializing || !host.connecting_storage) return;
  if (reads_storage(host)) return become_up(change, host);
  if (change.now - *host.connecting_storage <= change.state.timing.vds_timeout) return;
  if (change.state.pool.master_domain != StorageDomainStatus::Active) {
    return become_up(change, host);
  }
  set_non_operational(change, host, NonOperational::StorageDomainUnreachable);
}

void begin_initializing(Change& change, HostState& host) {
  change.set_status(host, HostStatus::Initializing);
  host.connecting_storage.reset();
}

// A short silence ends in Up as it began there, once more through the look at the storage; after a
// reboot, or after it was given up, a host begins anew.
void contact_again(Change& change, HostState& host, bool rebooted) {
  const bool was_up =
      host.status == HostStatus::Connecting && host.before_connecting == HostStatus::Up;
  if (was_up && !rebooted) {
    become_up(change, host);
    end_local_maintenance(change, host);
    const bool others_read = change.state.pool.master_domain == StorageDomainStatus::Active;
    if (!reads_storage(host) && others_read) {
      set_non_operational(change, host, NonOperational::StorageDomainUnreachable);
    }
    return;
  }
  const bool anew = host.status == HostStatus::NonResponsive ||
                    host.status == HostStatus::Unassigned || host.status == HostStatus::Connecting;
  const bool running = host.status == HostStatus::Up || host.status == HostStatus::NonOperational;
  if (anew || (running && rebooted)) begin_initializing(change, host);
  if (host.status == HostStatus::Initializing && !host.connecting_storage) {
    host.connecting_storage = change.now;
    end_local_maintenance(change, host);
  }
}

// Its daemon answers that it recovers, which it may do for VdsRecoveryTimeoutInMinutes.
void recovering(Change& change, HostState& host) {
  begin_initializing(change, host);
  change.audit_at_most_every(kInitializingInterval, 514, Severity::Warning,
                             fmt::format("Host {} is initializing. Message: Recovering from crash "
                                         "or Initializing",
                                         host.name),
                             {.host = host.name});
}

void connect_storage(Change& change, HostState& host) {
  const bool wanted = host.status == HostStatus::Initializing || host.status == HostStatus::Up ||
                      host.status == HostStatus::NonOperational;
  const bool joined = host.storage.connected && host.storage.lockspace_joined;
  if (!wanted || joined || host.connect_call != 0) return;
  host.connect_call = change.order(host.name, rpc::ConnectPool{.host_id = host.host_id});
}

}  // namespace

Duration silence_allowed(const ClusterState& state, const HostState& host) {
  const TimingConfig& timing = state.timing;
  Duration allowed = timing.timeout_to_reset_vds;
  if (state.spm_status(host.name) != SpmStatus::None) allowed += timing.delay_reset_for_spm;
  return allowed + state.vms_on(host.name) * timing.delay_reset_per_vm;
}

void poll_failed(Change& change, const PollFailed& poll) {
  HostState& host = change.host(poll.host);
  if (is_ignored(host.status) || is_rebooting(host)) return;
  ++host.failed_attempts;
  if (in_grace_period(change, host)) return become_connecting(change, host);
  if (host.status != HostStatus::NonResponsive) become_non_responsive(change, host, poll);
  count_towards_lease_restart(change, host);  // also for the exception that made it so
}

void poll_refused(Change& change, const PollRefused& poll) {
  HostState& host = change.host(poll.host);
  if (is_ignored(host.status)) return;
  if (is_rebooting(host)) return note_reached(host);
  host.failed_attempts = 0;
  host.last_contact = change.now;
  const bool recovers = poll.error.code == static_cast<int>(rpc::Code::Recovering);
  const bool left_alone = host.status == HostStatus::PreparingForMaintenance ||
                          host.status == HostStatus::NonOperational ||
                          (host.status == HostStatus::Initializing && !host.connecting_storage);
  if (recovers && !left_alone) recovering(change, host);
}

void poll_answered(Change& change, const PollAnswered& poll) {
  HostState& host = change.host(poll.host);
  if (is_rebooting(host)) return note_reached(host);
  const bool rebooted = !host.boot_id.empty() && host.boot_id != poll.stats.boot_id;
  host.boot_id = poll.stats.boot_id;
  host.last_contact = change.now;
  host.memory_free_mib = poll.stats.mem_free_mib;
  host.memory_total_mib = poll.stats.mem_total_mib;
  host.cpu_load = poll.stats.cpu_load;
  take_storage_report(change, host, poll.stats.storage);
  if (is_ignored(host.status)) return;
  host.failed_attempts = 0;
  take_ha_report(host, poll.stats.ha);
  contact_again(change, host, rebooted);
  watch_domain_of(change, host, poll.stats.storage);
  reconcile_vms(change, poll);
  connect_storage(change, host);
  finish_initializing(change, host);
}

void connect_finished(Change& change, const CallFinished& finished) {
  HostState& host = change.host(finished.call.host);
  if (host.connect_call == finished.call.id) host.connect_call = 0;
}

void watch_hosts(Change& change) {
  const bool recover = change.now >= change.state.next_auto_recovery;
  if (recover) {
    change.state.next_auto_recovery = change.now + change.state.timing.auto_recovery_interval;
    recover_domain(change);
  }
  for (auto& [name, host] : change.state.hosts) {
    const bool recovers = host.status == HostStatus::Initializing && !host.connecting_storage;
    const bool for_too_long =
        change.now - host.status_since > change.state.timing.vds_recovery_timeout;
    if (recovers && for_too_long) {
      set_non_operational(change, host, NonOperational::TimeoutRecoveringFromCrash);
    } else if (recover && host.status == HostStatus::NonOperational) {
      change.set_status(host, HostStatus::Unassigned);
    }
  }
}

}  // namespace splitsite::reference
