#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/movement.hpp"
#include "harness/verdict/paths.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {

using namespace paths;

namespace {
constexpr const char* kSpmLease = "SDM";
}  // namespace

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

}  // namespace splitsite
