#include "harness/verdict/movement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {
namespace {

constexpr const char* kSpmLease = "SDM";

Duration end_of(const Events& events) {
  Duration end{};
  for (const Event& event : events) end = std::max(end, event.at.lo);
  return end;
}

const Event* power_event(const Events& events, const NodeId& node, bool on) {
  for (const Event& event : events) {
    if (event.kind == kind::node_power && event.subject == node.str() &&
        event.data.value("on", !on) == on) {
      return &event;
    }
  }
  return nullptr;
}

// The stay that was going on when `at` began, if any.
const Stay* stay_at(const std::vector<Stay>& stays, const Window& at) {
  for (const Stay& stay : stays) {
    if (stay.begin.lo <= at.lo && (!stay.end || stay.end->hi >= at.lo)) return &stay;
  }
  return nullptr;
}

const Stay* stay_after(const std::vector<Stay>& stays, Duration from) {
  for (const Stay& stay : stays) {
    if (stay.begin.lo >= from) return &stay;
  }
  return nullptr;
}

const Event* first_ack_after(const Events& events, const VmId& vm, Duration from) {
  return first_after(events, from, [&](const Event& e) {
    return e.kind == kind::guest_ack && e.subject == vm.str();
  });
}

std::vector<std::string> lines(const std::vector<Stay>& stays) {
  std::vector<std::string> text;
  for (const Stay& stay : stays) text.push_back(describe(stay));
  return text;
}

Verdict& conclude(Verdict& verdict, Outcome outcome, std::string finding) {
  verdict.outcome = outcome;
  verdict.finding = std::move(finding);
  return verdict;
}

// What never came: too late if we watched past the bound, unknown if we stopped watching before.
Outcome absent(const Events& events, Duration from, const Bounds& bounds) {
  return end_of(events) > from + bounds.at_most ? Outcome::Violated : Outcome::Inconclusive;
}

// Lower end by `start`, upper end by `finish`; both count from `from`.
Outcome judge_span(const Window& from, const Window& start, const Window& finish,
                   const Bounds& bounds) {
  const Inside low = judge(elapsed(from, start), {bounds.at_least, Duration::max()});
  const Inside high = judge(elapsed(from, finish), {Duration::min(), bounds.at_most});
  if (low == Inside::No || high == Inside::No) return Outcome::Violated;
  if (low == Inside::Unclear || high == Inside::Unclear) return Outcome::Inconclusive;
  return Outcome::Holds;
}

// The host a VM or lease was on when that host lost power.
struct Loss {
  const Stay* stay = nullptr;
  const Event* power = nullptr;
};

std::optional<Loss> loss_of(const Events& events, const std::vector<Stay>& stays,
                            const NodeSet& lost) {
  for (const Stay& stay : stays) {
    if (lost.count(stay.node) == 0 || stay.ended_by != "power off") continue;
    if (const Event* power = power_event(events, stay.node, false)) return Loss{&stay, power};
  }
  return std::nullopt;
}

}  // namespace

Verdict failed_over(const Events& events, const VmId& vm, const NodeSet& lost,
                    const NodeSet& survivors, const ComposedBounds& bounds) {
  Verdict verdict{.id = "failover:" + vm.str(),
                  .title = fmt::format("{} fails over to the surviving site in time", vm),
                  .requirements = {"AA-2", "AA-5", "AA-6"},
                  .bounds = bounds.total};
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
    return conclude(
        verdict, absent(events, from.hi, bounds.total),
        fmt::format("it did not run again within {}", format_duration(end_of(events) - from.hi)));
  }
  if (survivors.count(next->node) == 0) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("it ran next on {}, not in the surviving site", next->node));
  }
  const Event* ack = first_ack_after(events, vm, next->begin.lo);
  verdict.measured = elapsed(from, next->begin);
  if (ack == nullptr) {
    return conclude(verdict, absent(events, from.hi, bounds.total),
                    fmt::format("it ran on {} but its service did not come back", next->node));
  }
  const Outcome outcome = judge_span(from, next->begin, ack->at, bounds.total);
  return conclude(verdict, outcome,
                  fmt::format("{} to {}: running after {}, serving after {}", loss->stay->node,
                              next->node, format_duration(elapsed(from, next->begin).most),
                              format_duration(elapsed(from, ack->at).most)));
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
                                format_duration(end_of(events) - active->at.hi)));
  }
  return conclude(
      verdict, Outcome::Violated,
      fmt::format("it ran again on {} at {}", next->node, format_offset(next->begin.lo)));
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
                  .title = fmt::format("{} in the surviving site is not disturbed", vm),
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
  const Elapsed silence{end_of(events) - previous->hi, end_of(events) - previous->lo};
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

namespace {

// The moment from which every node of `home` was up again after the heal, by the Manager's word.
std::optional<Window> home_up_again(const Events& events, const NodeSet& home) {
  std::optional<Window> last;
  for (const NodeId& node : home) {
    const Event* on = power_event(events, node, true);
    if (on == nullptr) return std::nullopt;
    const Event* up = first_after(events, on->at.lo, [&](const Event& e) {
      return e.kind == kind::cluster_host && e.subject == node.str() &&
             e.data.value("status", "") == "up";
    });
    if (up == nullptr) return std::nullopt;
    if (!last || up->at.hi > last->hi) last = up->at;
  }
  return last;
}

}  // namespace

Verdict failed_back(const Events& events, const VmId& vm, const NodeSet& home,
                    const ComposedBounds& bounds) {
  Verdict verdict{.id = "failback:" + vm.str(),
                  .title = fmt::format("{} comes home by live migration, without a restart", vm),
                  .requirements = {"AA-3", "AA-6"},
                  .bounds = bounds.total};
  const auto stays = running_stays(events, vm);
  verdict.evidence = lines(stays);
  const auto up = home_up_again(events, home);
  if (!up) {
    return conclude(verdict, Outcome::Inconclusive, "its home hosts were not seen up again");
  }
  // Hosts come up one by one and affinity needs only one of them, so look from the first power-on.
  Duration powered = Duration::max();
  for (const NodeId& node : home)
    powered = std::min(powered, power_event(events, node, true)->at.lo);
  const Stay* back = stay_after(stays, powered);
  while (back != nullptr && home.count(back->node) == 0)
    back = stay_after(stays, back->begin.lo + Duration(1));
  if (back == nullptr) {
    return conclude(verdict, absent(events, up->hi, bounds.total), "it did not come home");
  }
  if (back->began_by.find("migrat") == std::string::npos) {
    return conclude(
        verdict, Outcome::Violated,
        fmt::format("it came to {} by \"{}\", not by migration", back->node, back->began_by));
  }
  if (stays.back().end || home.count(stays.back().node) == 0) {
    return conclude(verdict, Outcome::Violated, "it did not stay home: " + describe(stays.back()));
  }
  const Event* restart = first_after(events, powered, [&](const Event& e) {
    return e.kind == kind::guest_start && e.subject == vm.str();
  });
  if (restart != nullptr) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("the guest booted again at {}", format_offset(restart->at.lo)));
  }
  if (first_ack_after(events, vm, back->begin.lo) == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "it was not heard of after the migration");
  }
  Elapsed took = elapsed(*up, back->begin);
  took.least = std::max(took.least, Duration::zero());  // home before its last host was up: early
  verdict.measured = took;
  const bool late = took.least > bounds.total.at_most;
  const bool unclear = !late && took.most > bounds.total.at_most;
  return conclude(verdict,
                  late      ? Outcome::Violated
                  : unclear ? Outcome::Inconclusive
                            : Outcome::Holds,
                  took.most <= Duration::zero()
                      ? fmt::format("home on {} before all home hosts were up", back->node)
                      : fmt::format("home on {} {} after all home hosts were up", back->node,
                                    format_duration(took.most)));
}

Verdict spm_moved(const Events& events, const NodeSet& lost, const NodeSet& survivors,
                  const ComposedBounds& bounds) {
  Verdict verdict{.id = "spm-moves",
                  .title = "The SPM goes to the secondary site only after the last primary host",
                  .requirements = {"AA-7"},
                  .bounds = bounds.total};
  const auto stays = lease_stays(events, kSpmLease);
  verdict.evidence = lines(stays);
  const auto loss = loss_of(events, stays, lost);
  if (!loss) {
    return conclude(verdict, Outcome::Inconclusive,
                    "the SPM lease was not seen on a host that was lost");
  }
  Window last_gone = loss->power->at;
  for (const NodeId& node : lost) {
    const Event* off = power_event(events, node, false);
    if (off == nullptr) {
      return conclude(verdict, Outcome::Inconclusive, fmt::format("{} was never lost", node));
    }
    if (off->at.hi > last_gone.hi) last_gone = off->at;
  }
  const Stay* next = stay_after(stays, loss->power->at.lo);
  if (next == nullptr) {
    return conclude(verdict, absent(events, last_gone.hi, bounds.total),
                    "nobody took the SPM lease");
  }
  verdict.measured = elapsed(loss->power->at, next->begin);
  const std::string path = fmt::format("{} to {} after {}", loss->stay->node, next->node,
                                       format_duration(verdict.measured->most));
  if (survivors.count(next->node) == 0) return conclude(verdict, Outcome::Violated, path);
  if (next->begin.hi < last_gone.lo) {
    return conclude(verdict, Outcome::Violated, path + ", while a primary host still lived");
  }
  return conclude(verdict, judge_span(loss->power->at, next->begin, next->begin, bounds.total),
                  path);
}

Verdict spm_stuck(const Events& events, const NodeSet& lost) {
  Verdict verdict{.id = "spm-stuck",
                  .title = "The unfenced dead SPM keeps the role, as oVirt's known gap has it",
                  .requirements = {"AA-7"}};
  const auto stays = lease_stays(events, kSpmLease);
  verdict.evidence = lines(stays);
  const auto loss = loss_of(events, stays, lost);
  if (!loss) {
    return conclude(verdict, Outcome::Inconclusive,
                    "the SPM lease was not seen on a host that was lost");
  }
  const Event* heal = find_kind(events, kind::fault_heal);
  const Stay* next = stay_after(stays, loss->power->at.lo);
  if (next != nullptr && (heal == nullptr || next->begin.hi < heal->at.lo)) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("{} took the SPM lease although the role is stuck", next->node));
  }
  return conclude(verdict, Outcome::Holds, "nobody took the SPM lease before the heal");
}

Verdict spm_stays(const Events& events, const NodeSet& survivors) {
  Verdict verdict{.id = "spm-stays",
                  .title = "The SPM stays where it is after the lost site returned",
                  .requirements = {"AA-7"}};
  const auto stays = lease_stays(events, kSpmLease);
  verdict.evidence = lines(stays);
  const Event* heal = find_kind(events, kind::fault_heal);
  if (heal == nullptr) return conclude(verdict, Outcome::NotExercised, "the site never returned");
  const Stay* holder = stay_at(stays, heal->at);
  if (holder == nullptr || survivors.count(holder->node) == 0) {
    return conclude(verdict, Outcome::Inconclusive,
                    "no host of the surviving site held the SPM lease when the site returned");
  }
  if (holder->end) {
    return conclude(
        verdict, Outcome::Violated,
        fmt::format("{} gave it up at {}", holder->node, format_offset(holder->end->lo)));
  }
  return conclude(verdict, Outcome::Holds, fmt::format("{} held it to the end", holder->node));
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
    if (event.kind == kind::environment_error || event.kind == kind::fault_left) {
      return conclude(verdict, Outcome::Inconclusive,
                      fmt::format("{}: {}", event.kind,
                                  event.data.value("message", event.data.value("why", ""))));
    }
  }
  if (find_kind(events, kind::fault_healed) == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, "the fault was not proven to be healed");
  }
  return conclude(
      verdict, Outcome::Holds,
      fmt::format("fault in force from {} to {}, {} VMs under load", format_offset(active->at.hi),
                  format_offset(find_kind(events, kind::fault_heal)->at.lo), vms.size()));
}

}  // namespace splitsite
