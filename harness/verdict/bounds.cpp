#include "harness/verdict/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite {
namespace {

using std::chrono::seconds;

// sanlock src/timeouts.c: acquiring a paxos lease whose owner has just died waits for the owner to
// be dead by the acquirer's own clock, plus up to seven I/O timeouts of its own reads and writes
// (210 s at 10 s).
Duration worst_lease_wait(const TimingConfig& timing) {
  return timing.host_dead_after() + 7 * timing.sanlock_io_timeout;
}

Duration earliest_lease_take_over(const TimingConfig& timing) {
  return timing.host_dead_after() - timing.renewal_interval();
}

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

}  // namespace splitsite
