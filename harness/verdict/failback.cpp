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

// A live migration stops a guest for less than a second; a write that takes this long after it is
// a guest that did not survive it.
constexpr Bounds kServesAgain{Duration::zero(), std::chrono::seconds(30)};

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
    return conclude(verdict, absent(events, back->begin.hi, kServesAgain),
                    "no write of it was heard of after the migration");
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

}  // namespace splitsite
