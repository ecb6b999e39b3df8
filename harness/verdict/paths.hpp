// What the movement oracles share: following a path of stays through the events of a story.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/verdict/movement.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite::paths {

// The latest start of any event.
Duration last_moment(const Events& events);
// The first time the node's power went on or off.
const Event* power_event(const Events& events, const NodeId& node, bool on);
// The stay that was going on when `at` began, if any; the first that begins at or after `from`.
const Stay* stay_at(const std::vector<Stay>& stays, const Window& at);
const Stay* stay_after(const std::vector<Stay>& stays, Duration from);
const Event* first_ack_after(const Events& events, const VmId& vm, Duration from);
std::vector<std::string> lines(const std::vector<Stay>& stays);

Verdict& conclude(Verdict& verdict, Outcome outcome, std::string finding);
// What never came: too late if we watched past the bound, unknown if we stopped watching before.
Outcome absent(const Events& events, Duration from, const Bounds& bounds);
// Lower end by `start`, upper end by `finish`; both count from `from`.
Outcome judge_span(const Window& from, const Window& start, const Window& finish,
                   const Bounds& bounds);

// The host a VM or lease was on when that host lost power.
struct Loss {
  const Stay* stay = nullptr;
  const Event* power = nullptr;
};
std::optional<Loss> loss_of(const Events& events, const std::vector<Stay>& stays,
                            const NodeSet& lost);

}  // namespace splitsite::paths
