// The HA agent's decisions: what it sees makes it change its state and, at times, act on the local
// engine VM (agent/state_machine.py, agent/states.py). Pure: sanlock, not this code, makes sure
// that there is never a second engine.
#pragma once

#include "topologies/reference/ha_agent/core/agent_state.hpp"
#include "topologies/reference/ha_agent/core/timers.hpp"

namespace splitsite::reference::ha {

// Who this agent is, and its figures.
struct Rules {
  int host_id = 0;
  int engine_memory_mib = 0;
  Timers timers;
};

enum class Action {
  StartEngine,     // VM.create
  ShutDownEngine,  // VM.shutdown: asks the guest
  DestroyEngine,   // VM.destroy
};
std::string_view to_string(Action action);  // "start the engine VM"

struct Decision {
  AgentState state;
  std::optional<Action> action = std::nullopt;  // to be answered by acted() before the next look
  bool at_once = false;                         // look again now, and not after the loop's delay
};

// One turn of the loop.
Decision observe(const Rules& rules, AgentState state, Observation seen, Instant now);
// The action was taken, or refused.
Decision acted(const Rules& rules, AgentState state, Action action, bool succeeded, Instant now);
// The agent is told to end: its last word.
AgentState stopped(AgentState state, Instant now);

// What the host may be told of this agent: nothing is written before it has looked at storage.
inline bool publishes(const AgentState& state) { return state.phase != Phase::StartState; }

}  // namespace splitsite::reference::ha
