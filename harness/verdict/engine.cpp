#include "harness/verdict/engine.hpp"

#include <fmt/format.h>

#include <utility>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/paths.hpp"

namespace splitsite {

using namespace paths;

namespace {

// A peer is missed when its timestamp has not changed against a snapshot that is older than the
// window, as seen in a loop of one's own (5.2); EngineMaybeAway and the start are loops of their
// own.
Duration worst_miss(const TimingConfig& timing) {
  return timing.ha_host_alive_timeout + timing.ha_engine_away_expiration + 4 * timing.ha_loop_delay;
}

// What lies between the engine's loss and its API's first answer, besides the lab's own slack.
std::vector<BoundPart> engine_parts(const TimingConfig& timing, const EngineAllowance& engine) {
  return {{"the engine's lease free: 8 x io_timeout + 60 s after its host's last renewal",
           {earliest_lease_take_over(timing), worst_lease_wait(timing)}},
          {"the HA agents miss the host (runs beside the lease)",
           {Duration::zero(), worst_miss(timing)}},
          {"a start that lost the race for the lease is tried again",
           {Duration::zero(), 3 * timing.ha_loop_delay}},
          {"engine VM and Manager start", {Duration::zero(), engine.boot}}};
}

Duration worst_engine(const TimingConfig& timing, const EngineAllowance& engine) {
  return std::max(worst_lease_wait(timing), worst_miss(timing)) + 3 * timing.ha_loop_delay +
         engine.boot;
}

// The Manager's word about anything: the API answers again.
const Event* first_answer_after(const Events& events, Duration from) {
  return first_after(events, from, [](const Event& event) {
    return event.kind.starts_with("cluster.") && event.kind != kind::cluster_silent;
  });
}

}  // namespace

ComposedBounds engine_failover(const TimingConfig& timing, const EngineAllowance& engine,
                               const LabAllowance& allowance) {
  ComposedBounds bounds{.name = "failover of the self-hosted engine after power loss of its host"};
  bounds.parts = engine_parts(timing, engine);
  bounds.parts.push_back({"lab slack", {Duration::zero(), allowance.slack}});
  bounds.total = {earliest_lease_take_over(timing), worst_engine(timing, engine) + allowance.slack};
  return bounds;
}

ComposedBounds failover_behind_engine(const TimingConfig& timing, const EngineAllowance& engine,
                                      const LabAllowance& allowance) {
  const Duration attempt = timing.vds_connection_timeout + timing.vds_refresh_rate;
  const Duration missed = (timing.vds_attempts_to_reset_count + 1) * attempt;
  const Duration exceptions = timing.number_vds_refreshes_before_try_to_start_unknown_vms * attempt;
  ComposedBounds bounds{.name = "failover of an HA VM with a lease, behind the engine's own"};
  bounds.parts = engine_parts(timing, engine);
  bounds.parts.push_back({"the Manager misses the hosts: attempts only, after its restart",
                          {Duration::zero(), missed}});
  bounds.parts.push_back({"10 network exceptions", {Duration::zero(), exceptions}});
  bounds.parts.push_back({"guest boot in the lab", {Duration::zero(), allowance.guest_boot}});
  bounds.parts.push_back({"lab slack", {Duration::zero(), allowance.slack}});
  bounds.total = {
      earliest_lease_take_over(timing),
      worst_engine(timing, engine) + missed + exceptions + allowance.guest_boot + allowance.slack};
  return bounds;
}

ComposedBounds spm_behind_engine(const TimingConfig& timing, const EngineAllowance& engine,
                                 const LabAllowance& allowance) {
  const Duration selection = 2 * timing.storage_pool_refresh_time;
  const Duration joining = timing.vds_connection_timeout + timing.vds_refresh_rate;
  const Duration missed = (timing.vds_attempts_to_reset_count + 1) * joining;
  ComposedBounds bounds{.name = "the SPM moves, behind the engine's own failover"};
  bounds.parts = engine_parts(timing, engine);
  bounds.parts.push_back({"a host is up for the new Manager", {Duration::zero(), joining}});
  bounds.parts.push_back({"the Manager misses the SPM's host", {Duration::zero(), missed}});
  bounds.parts.push_back(
      {"selection from scratch: two rounds of the pool's refresh", {Duration::zero(), selection}});
  bounds.parts.push_back({"lab slack", {Duration::zero(), allowance.slack}});
  bounds.total = {earliest_lease_take_over(timing),
                  worst_engine(timing, engine) + joining + missed + selection + allowance.slack};
  return with_start_pause(std::move(bounds), timing);
}

Verdict engine_failed_over(const Events& events, const VmId& engine, const NodeSet& lost,
                           const NodeSet& survivors, const ComposedBounds& bounds) {
  const Service service{
      .first_sign = [&](Duration from) { return first_answer_after(events, from); },
      .sign = "answering",
      .no_sign = "its API did not answer"};
  return came_back(events, engine, lost, survivors, service,
                   {.id = "engine-failover",
                    .title = "The self-hosted engine is restarted in the surviving site in time",
                    .requirements = {"SHE-1"},
                    .bounds = bounds.total});
}

}  // namespace splitsite
