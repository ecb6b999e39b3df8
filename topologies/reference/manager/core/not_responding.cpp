#include "topologies/reference/manager/core/not_responding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/fencing.hpp"
#include "topologies/reference/manager/core/power_operation.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"

namespace splitsite::reference {
namespace {

void alert(Change& change, const HostState& host, int code, const std::string& text) {
  change.audit(code, Severity::Alert,
               fmt::format("Host {} became non responsive{}", host.name, text),
               {.host = host.name});
}

// VDS.shouldVdsBeFenced.
bool should_be_fenced(HostStatus status) {
  return status == HostStatus::Down || status == HostStatus::Maintenance ||
         status == HostStatus::NonOperational || status == HostStatus::NonResponsive;
}

// Whole percent, cut off, as oVirt counts.
int percent_without_contact(const ClusterState& state) {
  const auto silent = std::count_if(state.hosts.begin(), state.hosts.end(), [](const auto& entry) {
    const HostStatus status = entry.second.status;
    return status == HostStatus::Connecting || status == HostStatus::NonResponsive;
  });
  return static_cast<int>(static_cast<std::size_t>(silent) * 100 / state.hosts.size());
}

// Steps 2 and 3. True when the cluster's policy forbids fencing this host now.
bool is_forbidden(Change& change, const HostState& host) {
  const FencingPolicy& policy = change.state.policy.fencing;
  if (!policy.enabled) {
    alert(change, host, 9015,
          " and was not restarted due to disabled fencing in the Cluster Fencing Policy.");
    return true;
  }
  if (!policy.skip_if_connectivity_broken) return false;
  const int percent = percent_without_contact(change.state);
  if (percent < policy.connectivity_threshold) return false;
  alert(change, host, 9013,
        fmt::format(" and was not restarted due to Fencing Policy: {} percents of the Hosts in the "
                    "Cluster have connectivity issues.",
                    percent));
  return true;
}

void skip_in_quarantine(Change& change, const HostState& host) {
  alert(change, host, 9003,
        ". Fence operation skipped as the system is still initializing and this is not a host "
        "where hosted engine was running on previously.");
  if (change.state.spm_status(host.name) != SpmStatus::None) pause_selection(change);
}

void restart_daemon(Change& change, HostState& host) {
  host.fencing.flow->step = FenceStep::RestartingDaemon;
  host.fencing.flow->restart_call = change.order(host.name, rpc::RestartDaemon{});
}

// Step 7: the lease is renewed every 20 s; asked too early, a dead host looks alive.
void power_fence(Change& change, HostState& host) {
  FenceFlow& flow = *host.fencing.flow;
  const Instant known = host.last_contact.value_or(change.state.started) +
                        change.state.timing.host_storage_lease_alive_checking_interval;
  if (change.state.policy.fencing.skip_if_sd_active && change.now < known) {
    flow.step = FenceStep::AwaitingLease;
    flow.until = known;
    return;
  }
  restart_by_proxy(change, host);
}

// Steps 5 and on; kdump (step 6) has no listener in the lab, so none is ever detected.
void soft_fencing_failed(Change& change, HostState& host) {
  if (host.power_management) return power_fence(change, host);
  alert(change, host, 9028,
        ". It has no power management configured. Please check the host status, manually reboot "
        "it, and click \"Confirm Host Has Been Rebooted\"");
  host.fencing.flow.reset();
}

}  // namespace

void treat_not_responding(Change& change, HostState& host) {
  if (host.fencing.flow) return;
  if (is_in_quarantine(change.state, host, change.now)) return skip_in_quarantine(change, host);
  if (is_forbidden(change, host) || !should_be_fenced(host.status)) return;
  host.fencing.flow.emplace();
  if (!host.power_management) return restart_daemon(change, host);
  const auto answer = begin_power(change, host, PowerAction::Status, host.fencing.flow->power);
  if (answer) power_status_before_soft_fencing(change, host, false);
}

void power_status_before_soft_fencing(Change& change, HostState& host, bool is_off) {
  if (is_off || !should_be_fenced(host.status)) return soft_fencing_failed(change, host);
  restart_daemon(change, host);
}

void daemon_restart_finished(Change& change, HostState& host, bool restarted) {
  FenceFlow& flow = *host.fencing.flow;
  flow.restart_call = 0;
  if (!restarted) return soft_fencing_failed(change, host);
  flow.step = FenceStep::AwaitingUp;
  flow.until = change.now + change.state.timing.timeout_to_reset_vds;
}

void watch_treatment(Change& change, HostState& host) {
  const FenceFlow& flow = *host.fencing.flow;
  if (flow.step == FenceStep::AwaitingUp && host.status == HostStatus::Up) {
    change.audit(75, Severity::Normal,
                 fmt::format("Soft fencing on host {} was successful.", host.name),
                 {.host = host.name});
    host.fencing.flow.reset();
  } else if (flow.step == FenceStep::AwaitingUp && change.now > flow.until) {
    soft_fencing_failed(change, host);
  } else if (flow.step == FenceStep::AwaitingLease && change.now >= flow.until) {
    restart_by_proxy(change, host);
  }
}

void treat_after_quarantine(Change& change) {
  const Instant over = change.state.started + change.state.timing.disable_fence_at_startup;
  if (change.state.quarantine_ended || change.now < over) return;
  change.state.quarantine_ended = true;
  for (auto& [name, host] : change.state.hosts) {
    const bool lost = host.power_management && host.status == HostStatus::NonResponsive;
    if (lost) treat_not_responding(change, host);
  }
}

}  // namespace splitsite::reference
