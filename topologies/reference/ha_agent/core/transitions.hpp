// From one state to the next, given what has been seen and concluded. Internal to decide.cpp.
#pragma once

#include "topologies/reference/ha_agent/core/decide.hpp"

namespace splitsite::reference::ha {

struct Next {
  Phase phase;
  bool at_once = false;
  std::optional<Action> action = std::nullopt;
};

// Guards of maintenance and of an unknown VM first, then the state's own rule, and around both the
// state's time limit, which it starts, keeps or clears in `state`.
Next next_phase(const Rules& rules, AgentState& state, Instant now);

}  // namespace splitsite::reference::ha
