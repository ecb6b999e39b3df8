// The changes a fault is made of, as data: each knows its exact inverse, can be written to the undo
// log, and can be undone twice without harm (the first try may have died half way).
#pragma once

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "harness/fault/link_owner.hpp"
#include "harness/ports/node_control.hpp"
#include "harness/ports/power.hpp"

namespace splitsite {

// Undo: power on.
struct PowerOff {
  NodeId node;
  bool operator==(const PowerOff&) const = default;
};

// Undo: nothing; the node boots by itself. Power on, should it be off.
struct PowerReset {
  NodeId node;
  bool operator==(const PowerReset&) const = default;
};

// The node hangs. Undo: its CPUs run on.
struct Suspend {
  NodeId node;
  bool operator==(const Suspend&) const = default;
};

// Undo: the fault's share is taken off the direction again.
struct ImpairLink {
  LinkDirection direction;
  Impairment effect;  // on top of the topology's latency and of other faults
  bool operator==(const ImpairLink&) const = default;
};

// A change made and taken back by the node's own agent. Undo: reverted by `resource`. A node that
// has lost power or was booted anew in the meantime has nothing to take back.
struct InNode {
  NodeId node;
  std::string kind;  // of the agent's changes: "process.stop"
  nlohmann::json arguments;
  std::string resource;  // what no other fault may own at the same time: "process sanlock"
  bool operator==(const InNode&) const = default;
};

// A node goes down by its own doing (a panic, a clean shutdown): a change in it that it does not
// survive. Undo: one that is off gets its power; one that is neither back nor alive as it was is
// powered off and on; one that is well is left alone.
struct TakeDown {
  NodeId node;
  std::string kind;  // of the agent's changes, its observe() says {going_down}: "node.panic"
  nlohmann::json arguments;
  bool comes_back = false;  // boots anew by itself, which undoing waits for
  bool operator==(const TakeDown&) const = default;
};

// Lets time pass between two steps: a site that does not lose, or get, its power all at once.
struct Hold {
  Duration applying{};
  Duration undoing{};
  bool operator==(const Hold&) const = default;
};

using Step = std::variant<PowerOff, PowerReset, Suspend, ImpairLink, InNode, TakeDown, Hold>;
using Plan = std::vector<Step>;  // applied in order, undone in reverse

// What a step acts on and no other active fault may; empty: it can be shared (links, whose owner
// knows what fits together).
std::string resource_of(const Step& step);  // "power of host-a1"
std::string describe(const Step& step);     // golden-testable: "power off host-a1"

// One line of JSON for the undo log, and back.
std::string to_text(const Plan& plan);
Result<Plan> plan_from_text(const std::string& text);

struct Switches {
  Power& power;
  LinkOwner& links;
  NodeControl& nodes;
  Clock& clock;
  std::stop_token stop = {};  // ends a Hold early; undoing is never cut short, only not waited for
};

// `fault` is the one in whose name links are changed.
Result<void> apply(const Step& step, const FaultId& fault, const Switches& switches);
Result<void> undo(const Step& step, const FaultId& fault, const Switches& switches);

// Undoes in reverse order, goes on after an error, and returns all errors as one.
Result<void> undo_all(const Plan& plan, const FaultId& fault, const Switches& switches);

}  // namespace splitsite
