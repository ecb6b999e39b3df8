#include <fmt/format.h>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/movement.hpp"
#include "harness/verdict/paths.hpp"

namespace splitsite {

using namespace paths;

namespace {

const Event* first_of(const Events& events, const char* wanted, Duration from) {
  for (const Event& event : events) {
    if (event.kind == wanted && event.at.hi >= from) return &event;
  }
  return nullptr;
}

}  // namespace

Verdict manager_moved(const Events& events, const NodeId& active, const ComposedBounds& bounds) {
  Verdict verdict{.id = "manager-moves",
                  .title = fmt::format("The Manager is taken over when {} is lost", active),
                  .requirements = {"SAM-2"},
                  .bounds = bounds.total};
  const Event* lost = power_event(events, active, false);
  if (lost == nullptr) {
    return conclude(verdict, Outcome::Inconclusive, fmt::format("{} was never lost", active));
  }
  const Event* silent = first_of(events, kind::cluster_silent, lost->at.lo);
  const Event* back = first_of(events, kind::cluster_answers, lost->at.lo);
  const Event* again = power_event(events, active, true);
  // Silence is seen by a poll that fails; one that never failed asked a Manager somewhere else.
  if (silent == nullptr || (again != nullptr && silent->at.lo > again->at.hi)) {
    return conclude(verdict, Outcome::Inconclusive,
                    fmt::format("its API went on answering: {} did not have it", active));
  }
  if (back == nullptr) {
    return conclude(verdict, absent(events, lost->at.hi, bounds.total),
                    "its API did not answer again");
  }
  verdict.measured = elapsed(lost->at, back->at);
  if (again != nullptr && back->at.hi > again->at.lo) {
    return conclude(verdict, Outcome::Violated,
                    fmt::format("its API answered only after {} had power again", active));
  }
  return conclude(verdict, judge_span(lost->at, back->at, back->at, bounds.total),
                  fmt::format("its API answered again after {}",
                              format_duration(elapsed(lost->at, back->at).most)));
}

}  // namespace splitsite
