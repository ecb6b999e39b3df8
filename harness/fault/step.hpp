// The changes a fault is made of, as data: each knows its exact inverse, can be written to the undo
// log, and can be undone twice without harm (the first try may have died half way).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "harness/ports/links.hpp"
#include "harness/ports/power.hpp"

namespace splitsite {

struct PowerOff {
  NodeId node;
  bool operator==(const PowerOff&) const = default;
};

struct ImpairLink {
  LinkDirection direction;
  Impairment before;  // what undo returns to
  Impairment during;
  bool operator==(const ImpairLink&) const = default;
};

using Step = std::variant<PowerOff, ImpairLink>;
using Plan = std::vector<Step>;  // applied in order, undone in reverse

// What a step acts on; two active faults must not own the same resource.
std::string resource_of(const Step& step);  // "power of host-a1", "site link a to b"
std::string describe(const Step& step);     // golden-testable: "power off host-a1"

// One line of JSON for the undo log, and back.
std::string to_text(const Plan& plan);
Result<Plan> plan_from_text(const std::string& text);

struct Switches {
  Power& power;
  Links& links;
};

Result<void> apply(const Step& step, const Switches& switches);
Result<void> undo(const Step& step, const Switches& switches);

// Undoes in reverse order, goes on after an error, and returns all errors as one.
Result<void> undo_all(const Plan& plan, const Switches& switches);

}  // namespace splitsite
