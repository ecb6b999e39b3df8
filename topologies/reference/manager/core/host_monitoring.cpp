#include "topologies/reference/manager/core/host_monitoring.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/core/ha_restart.hpp"
#include "topologies/reference/manager/core/maintenance.hpp"
#include "topologies/reference/manager/core/storage_monitoring.hpp"
#include "topologies/reference/manager/core/vm_monitoring.hpp"

namespace splitsite::reference {
namespace {

// VdsRecoveryTimeoutInMinutes (fact 3.1).
constexpr std::chrono::minutes kRecoveryTimeout{3};

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
  const auto grace =
      std::chrono::duration_cast<std::chrono::seconds>(silence_allowed(change.state, host));
  change.audit(
      9008, Severity::Warning,
      fmt::format("Host {} is not responding. It will stay in Connecting state for a grace "
                  "period of {} seconds.",
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
  change.audit(9028, Severity::Alert,
               fmt::format("Host {} is non responsive and has no power management configured. "
                           "Please check the host status, manually reboot it, and click \"Confirm "
                           "Host Has Been Rebooted\"",
                           host.name),
               about);
  vms_become_unknown(change, host.name);
}

// In oVirt a host is Up as soon as its storage is connected, and joins the lockspace afterwards;
// the VmLeasesReady filter covers the gap (fact 2.2). Here the daemon's start is VDSM's recovery:
// the host stays Initializing until the lockspace is joined too, so that Up means "ready for HA
// VMs".
void finish_initializing(Change& change, HostState& host) {
  if (!host.storage.connected || !host.storage.lockspace_joined) return;
  host.failed_attempts = 0;
  change.set_status(host, HostStatus::Up);
  change.audit(13, Severity::Normal, fmt::format("Status of host {} was set to Up.", host.name),
               {.host = host.name});
}

void begin_initializing(Change& change, HostState& host) {
  change.set_status(host, HostStatus::Initializing);
  change.audit(514, Severity::Normal, fmt::format("Host {} is initializing.", host.name),
               {.host = host.name});
}

// A short silence changes nothing; after a reboot, or after it was given up, a host begins anew.
void contact_again(Change& change, HostState& host, bool rebooted) {
  const bool was_connecting = host.status == HostStatus::Connecting;
  if (was_connecting && !rebooted && host.before_connecting != HostStatus::Unassigned) {
    change.set_status(host, host.before_connecting);
  }
  const bool anew = host.status == HostStatus::NonResponsive ||
                    host.status == HostStatus::Unassigned ||
                    host.status == HostStatus::Connecting || host.status == HostStatus::Reboot;
  const bool running = host.status == HostStatus::Up || host.status == HostStatus::NonOperational;
  if (anew || (running && rebooted)) begin_initializing(change, host);
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
  if (is_ignored(host.status)) return;
  ++host.failed_attempts;
  if (host.status == HostStatus::NonResponsive) return count_towards_lease_restart(change, host);
  if (in_grace_period(change, host)) return become_connecting(change, host);
  become_non_responsive(change, host, poll);
}

void poll_refused(Change& change, const PollRefused& poll) {
  HostState& host = change.host(poll.host);
  if (is_ignored(host.status)) return;
  host.failed_attempts = 0;
  host.last_contact = change.now;
  const bool recovering = poll.error.code == static_cast<int>(rpc::Code::Recovering);
  if (recovering && host.status != HostStatus::Initializing &&
      host.status != HostStatus::PreparingForMaintenance) {
    begin_initializing(change, host);
  }
}

void poll_answered(Change& change, const PollAnswered& poll) {
  HostState& host = change.host(poll.host);
  const bool rebooted = !host.boot_id.empty() && host.boot_id != poll.stats.boot_id;
  host.boot_id = poll.stats.boot_id;
  host.last_contact = change.now;
  host.memory_free_mib = poll.stats.mem_free_mib;
  host.memory_total_mib = poll.stats.mem_total_mib;
  host.cpu_load = poll.stats.cpu_load;
  take_storage_report(change, host, poll.stats.storage);
  if (is_ignored(host.status)) return;
  host.failed_attempts = 0;
  host.fenced = false;
  contact_again(change, host, rebooted);
  reconcile_vms(change, poll);
  connect_storage(change, host);
  if (host.status == HostStatus::Initializing) finish_initializing(change, host);
}

void connect_finished(Change& change, const CallFinished& finished) {
  HostState& host = change.host(finished.call.host);
  if (host.connect_call == finished.call.id) host.connect_call = 0;
}

void watch_hosts(Change& change) {
  const bool recover = change.now >= change.state.next_auto_recovery;
  if (recover) {
    change.state.next_auto_recovery = change.now + change.state.timing.auto_recovery_interval;
  }
  for (auto& [name, host] : change.state.hosts) {
    if (host.status == HostStatus::Initializing &&
        change.now - host.status_since > kRecoveryTimeout) {
      set_non_operational(change, host, "storage_domain_unreachable");
    } else if (recover && host.status == HostStatus::NonOperational) {
      change.set_status(host, HostStatus::Unassigned);
    }
  }
}

}  // namespace splitsite::reference
