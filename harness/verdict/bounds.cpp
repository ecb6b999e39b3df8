#include "harness/verdict/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/lab/description/manager_cluster.hpp"

namespace splitsite {
namespace {

using std::chrono::seconds;

// Fact 3.1: more than VDSAttemptsToResetCount attempts and the grace time, both.
Duration worst_time_to_non_responsive(const TimingConfig& timing, int vms, bool spm) {
  const Duration grace = timing.timeout_to_reset_vds + vms * timing.delay_reset_per_vm +
                         (spm ? timing.delay_reset_for_spm : seconds(0));
  const Duration attempt = timing.vds_connection_timeout + timing.vds_refresh_rate;
  const Duration attempts = (timing.vds_attempts_to_reset_count + 1) * attempt;
  return timing.vds_heartbeat + std::max(grace + attempt, attempts);
}

Duration worst_exceptions_before_start(const TimingConfig& timing) {
  return timing.number_vds_refreshes_before_try_to_start_unknown_vms *
         (timing.vds_connection_timeout + timing.vds_refresh_rate);
}

}  // namespace

Duration worst_lease_wait(const TimingConfig& timing) {
  return timing.host_dead_after() + 7 * timing.sanlock_io_timeout;
}

Duration earliest_lease_take_over(const TimingConfig& timing) {
  return timing.host_dead_after() - timing.renewal_interval();
}

ComposedBounds lease_failover(const TimingConfig& timing, int vms_on_host, bool was_spm,
                              const LabAllowance& allowance) {
  const Duration detection = worst_time_to_non_responsive(timing, vms_on_host, was_spm) +
                             worst_exceptions_before_start(timing);
  const Duration lease = worst_lease_wait(timing);
  ComposedBounds bounds{.name = "failover of an HA VM with a lease after power loss"};
  bounds.parts = {
      {"lease of the lost host free: 8 x io_timeout + 60 s after its last renewal",
       {earliest_lease_take_over(timing), lease}},
      {"detection: connecting, non responsive, then 10 network exceptions (runs beside the lease)",
       {Duration::zero(), detection}},
      {"guest boot in the lab", {Duration::zero(), allowance.guest_boot}},
      {"lab slack", {Duration::zero(), allowance.slack}},
  };
  bounds.total = {earliest_lease_take_over(timing),
                  std::max(lease, detection) + allowance.guest_boot + allowance.slack};
  return bounds;
}

ComposedBounds spm_failover(const TimingConfig& timing, const LabAllowance& allowance) {
  const Duration lease = worst_lease_wait(timing);
  const Duration selection = 2 * timing.storage_pool_refresh_time;
  const Duration detection = worst_time_to_non_responsive(timing, 0, true);
  ComposedBounds bounds{.name = "SPM moves after power loss of its host"};
  bounds.parts = {
      {"SPM lease of the lost host free", {earliest_lease_take_over(timing), lease}},
      {"detection (runs beside the lease)", {Duration::zero(), detection}},
      {"selection: two rounds of the storage pool refresh", {Duration::zero(), selection}},
      {"lab slack", {Duration::zero(), allowance.slack}},
  };
  bounds.total = {earliest_lease_take_over(timing),
                  std::max(lease, detection) + selection + allowance.slack};
  return bounds;
}

ComposedBounds with_start_pause(ComposedBounds spm, const TimingConfig& timing) {
  spm.parts.push_back({"the data center NotOperational after the Manager's start",
                       {Duration::zero(), timing.storage_pool_non_operational_reset_timeout}});
  spm.total.at_most += timing.storage_pool_non_operational_reset_timeout;
  return spm;
}

ComposedBounds affinity_failback(const TimingConfig& timing, int vms,
                                 const LabAllowance& allowance) {
  const Duration cycle = timing.affinity_rules_enforcement_interval;
  // A cycle that meets a running migration does nothing, so a slow migration costs whole cycles.
  const Duration per_vm = 2 * cycle + allowance.migration;
  ComposedBounds bounds{.name = fmt::format("failback of {} VMs by affinity enforcement", vms)};
  bounds.parts = {
      {fmt::format("{} x (enforcement cycle of {}, missed at most once, and one live migration)",
                   vms, format_duration(cycle)),
       {Duration::zero(), vms * per_vm}},
      {"lab slack", {Duration::zero(), allowance.slack}},
  };
  bounds.total = {Duration::zero(), vms * per_vm + allowance.slack};
  return bounds;
}

ComposedBounds manager_takeover(const LabAllowance& allowance) {
  using namespace manager_cluster;
  ComposedBounds bounds{.name = "a clustered Manager moves after power loss of its node"};
  bounds.parts = {
      {"Corosync misses the node: token, and consensus of those left", {token, token + consensus}},
      {"the third vote is waited for", {Duration::zero(), third_vote}},
      {"Pacemaker waits until the lost node's watchdog must have reset it", {fenced, fenced}},
      {"cluster actions in the lab: coordinator elected, replica, file system, address, Manager",
       {Duration::zero(), allowance.cluster_actions}},
      {"lab slack", {Duration::zero(), allowance.slack}},
  };
  for (const BoundPart& part : bounds.parts) {
    bounds.total.at_least += part.range.at_least;
    bounds.total.at_most += part.range.at_most;
  }
  // A token may have been on its way for as long as it took to be missed.
  bounds.total.at_least -= token;
  return bounds;
}

ComposedBounds behind(const ComposedBounds& first, const ComposedBounds& second) {
  ComposedBounds bounds{.name = fmt::format("{}, behind: {}", second.name, first.name)};
  bounds.parts = first.parts;
  bounds.parts.insert(bounds.parts.end(), second.parts.begin(), second.parts.end());
  bounds.total = {std::max(first.total.at_least, second.total.at_least),
                  first.total.at_most + second.total.at_most};
  return bounds;
}

}  // namespace splitsite
