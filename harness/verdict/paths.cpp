#include "harness/verdict/paths.hpp"

#include <algorithm>

#include "harness/observe/kinds.hpp"

namespace splitsite::paths {

Duration last_moment(const Events& events) {
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

Outcome absent(const Events& events, Duration from, const Bounds& bounds) {
  return last_moment(events) > from + bounds.at_most ? Outcome::Violated : Outcome::Inconclusive;
}

Outcome judge_span(const Window& from, const Window& start, const Window& finish,
                   const Bounds& bounds) {
  const Inside low = judge(elapsed(from, start), {bounds.at_least, Duration::max()});
  const Inside high = judge(elapsed(from, finish), {Duration::min(), bounds.at_most});
  if (low == Inside::No || high == Inside::No) return Outcome::Violated;
  if (low == Inside::Unclear || high == Inside::Unclear) return Outcome::Inconclusive;
  return Outcome::Holds;
}

std::optional<Loss> loss_of(const Events& events, const std::vector<Stay>& stays,
                            const NodeSet& lost) {
  for (const Stay& stay : stays) {
    if (lost.count(stay.node) == 0 || stay.ended_by != "power off") continue;
    if (const Event* power = power_event(events, stay.node, false)) return Loss{&stay, power};
  }
  return std::nullopt;
}

}  // namespace splitsite::paths
