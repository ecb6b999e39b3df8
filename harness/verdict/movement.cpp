#include "harness/verdict/movement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/paths.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {

using namespace paths;

Verdict came_back(const Events& events, const VmId& vm, const NodeSet& lost,
                  const NodeSet& survivors, const Service& service, Verdict verdict) {
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  const auto loss = loss_of(events, stays, lost);
  if (!loss) {
    return conclude(verdict, Outcome::Inconclusive,
                    "it was not seen running on a host that was lost");
  }
  const Window from = loss->power->at;
  const Stay* next = stay_after(stays, from.lo);
  if (next == nullptr) {
    return conclude(verdict, absent(events, from.hi, verdict.bounds.value()),
                    fmt::format("it did not run again within {}",
                                format_duration(last_moment(events) - from.hi)));
  }
  verdict.measured = elapsed(from, next->begin);
  if (survivors.count(next->node) == 0) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("it ran next on {}, not in the surviving site", next->node));
  }
  const Event* sign = service.first_sign(next->begin.lo);
  if (sign == nullptr) {
    return conclude(verdict, absent(events, from.hi, verdict.bounds.value()),
                    fmt::format("it ran on {} but {}", next->node, service.no_sign));
  }
  return conclude(verdict, judge_span(from, next->begin, sign->at, verdict.bounds.value()),
                  fmt::format("{} to {}: running after {}, {} after {}", loss->stay->node,
                              next->node, format_duration(elapsed(from, next->begin).most),
                              service.sign, format_duration(elapsed(from, sign->at).most)));
}

Verdict failed_over(const Events& events, const VmId& vm, const NodeSet& lost,
                    const NodeSet& survivors, const ComposedBounds& bounds) {
  const Service service{
      .first_sign = [&](Duration from) { return first_ack_after(events, vm, from); },
      .sign = "serving",
      .no_sign = "its service did not come back"};
  return came_back(events, vm, lost, survivors, service,
                   {.id = "failover:" + vm.str(),
                    .title = fmt::format("{} fails over to the surviving site in time", vm),
                    .requirements = {"AA-2", "AA-5", "AA-6"},
                    .bounds = bounds.total});
}

Verdict stays_down(const Events& events, const VmId& vm) {
  Verdict verdict{.id = "stays-down:" + vm.str(),
                  .title = fmt::format("{} (no HA, no lease) does not fail over", vm),
                  .requirements = {"AA-5"}};
  const Event* active = find_kind(events, kind::fault_active);
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  if (active == nullptr || stay_at(stays, active->at) == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "it was not seen running before the fault");
  }
  const Stay* next = stay_after(stays, active->at.lo);
  if (next == nullptr) {
    return conclude(verdict, Outcome::Holds,
                    fmt::format("not started for {} after the fault",
                                format_duration(last_moment(events) - active->at.hi)));
  }
  return conclude(
      verdict, Outcome::Violated,
      fmt::format("it ran again on {} at {}", next->node, format_offset(next->begin.lo)));
}

Verdict not_failed_over(const Events& events, const VmId& vm, const NodeSet& lost,
                        const ComposedBounds& failover) {
  Verdict verdict{.id = "no-failover:" + vm.str(),
                  .title = fmt::format("{} does not fail over without a Manager", vm),
                  .requirements = {"SAM-1"},
                  .bounds = failover.total};
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  const auto loss = loss_of(events, stays, lost);
  if (!loss) {
    return conclude(verdict, Outcome::Inconclusive,
                    "it was not seen running on a host that was lost");
  }
  const Event* heal = find_kind(events, kind::fault_heal);
  const Duration until = heal != nullptr ? heal->at.lo : last_moment(events);
  const Duration watched = until - loss->power->at.hi;
  const Stay* next = stay_after(stays, loss->power->at.lo);
  if (next != nullptr && next->begin.lo < until) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("it ran again on {} at {}, before the site was back", next->node,
                                format_offset(next->begin.lo)));
  }
  return conclude(verdict,
                  watched > failover.total.at_most ? Outcome::Holds : Outcome::Inconclusive,
                  fmt::format("it did not run for {}; with a Manager it would have within {}",
                              format_duration(watched), format_duration(failover.total.at_most)));
}

Verdict never_moved(const Events& events, const VmId& vm) {
  Verdict verdict{.id = "never-moved:" + vm.str(),
                  .title = fmt::format("{} runs on where it was, and nowhere else", vm),
                  .requirements = {"AA-5"}};
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  if (stays.empty()) return conclude(verdict, Outcome::Inconclusive, "it was never seen running");
  if (stays.size() > 1 || stays.front().end) {
    return conclude(verdict, Outcome::Violated,
                    stays.size() > 1 ? "it also ran on " + stays[1].node.str() : "it stopped");
  }
  return conclude(verdict, Outcome::Holds, fmt::format("on {} throughout", stays.front().node));
}

Verdict undisturbed(const Events& events, const VmId& vm, Duration longest_stall) {
  Verdict verdict{.id = "undisturbed:" + vm.str(),
                  .title = fmt::format("{} runs on undisturbed", vm),
                  .requirements = {"AA-1"},
                  .bounds = Bounds{Duration::zero(), longest_stall}};
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  if (stays.empty()) return conclude(verdict, Outcome::Inconclusive, "it was never seen running");
  if (stays.size() > 1 || stays.front().end) {
    return conclude(verdict, Outcome::Violated, "it stopped or moved");
  }
  std::optional<Window> previous;
  Elapsed widest{};
  for (const Event& event : events) {
    if (event.kind != kind::guest_ack || event.subject != vm.str()) continue;
    if (previous) {
      const Elapsed gap = elapsed(*previous, event.at);
      if (gap.most > widest.most) widest = gap;
    }
    previous = event.at;
  }
  if (!previous) return conclude(verdict, Outcome::Inconclusive, "none of its writes was heard of");
  const Elapsed silence{last_moment(events) - previous->hi, last_moment(events) - previous->lo};
  if (silence.least > longest_stall) widest = silence;
  verdict.measured = widest;
  const Inside inside =
      judge({std::max(widest.least, Duration::zero()), widest.most}, *verdict.bounds);
  return conclude(verdict,
                  inside == Inside::Yes  ? Outcome::Holds
                  : inside == Inside::No ? Outcome::Violated
                                         : Outcome::Inconclusive,
                  fmt::format("ran on {} throughout; longest stall of its writes {}",
                              stays.front().node, format_duration(widest.most)));
}

Verdict assumptions(const Events& events, const std::vector<VmId>& vms) {
  Verdict verdict{
      .id = "assumptions",
      .title = "The story could be judged: steady load before, fault proven, heal proven"};
  const Event* active = find_kind(events, kind::fault_active);
  if (active == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "the fault was not proven to be in force");
  }
  std::vector<std::string> missing;
  for (const VmId& vm : vms) {
    const bool ran = stay_at(running_stays(events, vm), active->at) != nullptr;
    const Event* ack = first_ack_after(events, vm, Duration::min());
    if (!ran || ack == nullptr || ack->at.lo >= active->at.lo) missing.push_back(vm.str());
  }
  if (!missing.empty()) {
    return conclude(
        verdict, Outcome::Inconclusive,
        fmt::format("not seen running and writing before the fault: {}", fmt::join(missing, ", ")));
  }
  for (const Event& event : events) {
    if (event.kind == kind::environment_error || event.kind == kind::fault_left ||
        event.kind == kind::fault_not_proven) {
      return conclude(verdict, Outcome::Inconclusive,
                      fmt::format("{}: {}", event.kind,
                                  event.data.value("message", event.data.value("why", ""))));
    }
  }
  if (find_kind(events, kind::fault_healed) == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "the fault was not proven to be healed");
  }
  const Event* heal = find_kind(events, kind::fault_heal);
  if (const Event* ended = heal ? lifted_between(events, active->at, heal->at) : nullptr) {
    return conclude(verdict, Outcome::Inconclusive,
                    fmt::format("{} lifted a part of the fault by itself at {}, before the heal",
                                ended->actor, format_offset(ended->at.hi)));
  }
  return conclude(
      verdict, Outcome::Holds,
      fmt::format("fault in force from {} to {}, {} VMs under load", format_offset(active->at.hi),
                  format_offset(find_kind(events, kind::fault_heal)->at.lo), vms.size()));
}

}  // namespace splitsite
