#include "harness/verdict/fencing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/paths.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {

using namespace paths;

namespace {

using std::chrono::seconds;

// A fence agent's connection to its controller, and a machine that takes its time to be gone.
constexpr Duration kControllerTakes = seconds(10);

bool by_controller(const Event& event) {
  return event.kind == kind::node_power && event.actor == "power-controller";
}

// The first time a controller switched the host that way, at or after `from`.
const Event* switched(const Events& events, const NodeId& host, bool on, Duration from) {
  return first_after(events, from, [&](const Event& event) {
    return by_controller(event) && event.subject == host.str() && event.data.value("on", !on) == on;
  });
}

// Where the VM was when the fault took effect.
struct Before {
  const Event* active = nullptr;
  const Stay* stay = nullptr;
};

Before before_fault(const Events& events, const std::vector<Stay>& stays) {
  const Event* active = find_kind(events, kind::fault_active);
  return {active, active != nullptr ? stay_at(stays, active->at) : nullptr};
}

}  // namespace

ComposedBounds fencing_by_proxy(const TimingConfig& timing, int vms_on_host, bool was_spm,
                                const LabAllowance& allowance) {
  const Duration attempt = timing.vds_connection_timeout + timing.vds_refresh_rate;
  const Duration grace = timing.timeout_to_reset_vds + vms_on_host * timing.delay_reset_per_vm +
                         (was_spm ? timing.delay_reset_for_spm : seconds(0));
  const Duration detection =
      timing.vds_heartbeat +
      std::max(grace + attempt, (timing.vds_attempts_to_reset_count + 1) * attempt);
  ComposedBounds bounds{.name = "fencing of a silent host by proxy"};
  bounds.parts = {
      {"detection: connecting, then non responsive",
       {timing.timeout_to_reset_vds - timing.vds_refresh_rate, detection}},
      {"its power is asked for, twice if the first proxy fails",
       {Duration::zero(), 2 * timing.vds_heartbeat}},
      {"soft fencing that nobody answers", {Duration::zero(), timing.vds_connection_timeout}},
      {"the controller", {Duration::zero(), kControllerTakes}},
      {"lab slack", {Duration::zero(), allowance.slack}},
  };
  for (const BoundPart& part : bounds.parts) {
    bounds.total.at_least += part.range.at_least;
    bounds.total.at_most += part.range.at_most;
  }
  return bounds;
}

ComposedBounds restart_after_fencing(const TimingConfig& timing, const LabAllowance& allowance) {
  // Five seconds before the first look at the power are oVirt's; a look that comes too early costs
  // the delay to the next one.
  const Duration verified = seconds(5) + timing.vds_heartbeat +
                            timing.fence_stop_status_delay_between_retries + kControllerTakes;
  ComposedBounds bounds{.name = "restart of an HA VM without a lease after fencing"};
  bounds.parts = {
      {"the power is seen to be off", {Duration::zero(), verified}},
      {"the HA runner", {Duration::zero(), 2 * timing.ha_restart_runner_interval}},
      {"guest boot in the lab", {Duration::zero(), allowance.guest_boot}},
      {"lab slack", {Duration::zero(), allowance.slack}},
  };
  for (const BoundPart& part : bounds.parts) bounds.total.at_most += part.range.at_most;
  return bounds;
}

Verdict host_of_was_fenced(const Events& events, const VmId& vm, const ComposedBounds& bounds) {
  Verdict verdict{.id = "fenced:host-of-" + vm.str(),
                  .title = fmt::format("The silent host of {} is fenced by proxy, in time", vm),
                  .bounds = bounds.total};
  const auto stays = running_stays(events, vm);
  const Before before = before_fault(events, stays);
  if (before.stay == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "it was not seen running before the fault");
  }
  const NodeId& host = before.stay->node;
  const Window& from = before.active->at;
  const Event* off = switched(events, host, false, from.lo);
  if (off == nullptr) {
    return conclude(verdict, absent(events, from.hi, bounds.total),
                    fmt::format("{} kept its power", host));
  }
  verdict.measured = elapsed(from, off->at);
  const Outcome outcome = judge_span(from, off->at, off->at, bounds.total);
  const Event* on = switched(events, host, true, off->at.lo);
  if (on == nullptr) {
    return conclude(verdict, Outcome::Violated, fmt::format("{} did not get its power back", host));
  }
  return conclude(verdict, outcome,
                  fmt::format("{} was off after {} and on {} later", host,
                              format_duration(verdict.measured->most),
                              format_duration(on->at.hi - off->at.lo)));
}

Verdict restarted_after_fencing(const Events& events, const VmId& vm,
                                const ComposedBounds& bounds) {
  Verdict verdict{.id = "restarted-after-fencing:" + vm.str(),
                  .title = fmt::format("{} runs elsewhere soon after its host is fenced, and not "
                                       "before",
                                       vm),
                  .bounds = bounds.total};
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  const Before before = before_fault(events, stays);
  if (before.stay == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "it was not seen running before the fault");
  }
  const Event* off = switched(events, before.stay->node, false, before.active->at.lo);
  if (off == nullptr) {
    return conclude(verdict, Outcome::NotExercised,
                    fmt::format("{} was not fenced", before.stay->node));
  }
  const auto next = std::find_if(stays.begin(), stays.end(), [&](const Stay& stay) {
    return stay.begin.lo > before.stay->begin.lo;
  });
  if (next == stays.end()) {
    return conclude(verdict, absent(events, off->at.hi, bounds.total), "it did not run again");
  }
  if (next->begin.hi < off->at.lo) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("it ran on {} before its host's power was off", next->node));
  }
  verdict.measured = elapsed(off->at, next->begin);
  return conclude(verdict, judge_span(off->at, next->begin, next->begin, bounds.total),
                  fmt::format("on {} {} after the power was off", next->node,
                              format_duration(verdict.measured->most)));
}

Verdict nobody_was_fenced(const Events& events) {
  Verdict verdict{.id = "nobody-fenced", .title = "No host is fenced"};
  if (find_kind(events, kind::fault_active) == nullptr) {
    return conclude(verdict, Outcome::NotExercised, "the fault never took effect");
  }
  const auto fenced = std::find_if(events.begin(), events.end(), by_controller);
  if (fenced == events.end()) {
    return conclude(verdict, Outcome::Holds, "no power controller switched anything");
  }
  return conclude(
      verdict, Outcome::Violated,
      fmt::format("{} was switched {} at {}", fenced->subject,
                  fenced->data.value("on", false) ? "on" : "off", format_offset(fenced->at.lo)));
}

Verdict stays_down_until_heal(const Events& events, const VmId& vm) {
  Verdict verdict{.id = "stays-down-until-heal:" + vm.str(),
                  .title = fmt::format("{} is not started while nobody knows whether it runs", vm)};
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  const Before before = before_fault(events, stays);
  const Event* heal = find_kind(events, kind::fault_heal);
  if (before.stay == nullptr || heal == nullptr) {
    return conclude(verdict, Outcome::Inconclusive,
                    "it was not seen running before the fault, or the fault was not healed");
  }
  const Stay* next = stay_after(stays, before.active->at.lo);
  if (next != nullptr && next->begin.hi < heal->at.lo) {
    return conclude(
        verdict, Outcome::Violated,
        fmt::format("it ran again on {} at {}", next->node, format_offset(next->begin.lo)));
  }
  return conclude(
      verdict, Outcome::Holds,
      fmt::format("not started for {}", format_duration(heal->at.lo - before.active->at.hi)));
}

}  // namespace splitsite
