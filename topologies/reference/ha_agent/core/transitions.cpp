// One function per state of agent/states.py, and what its decorators do around it
// (agent/state_decorators.py).
#include "topologies/reference/ha_agent/core/transitions.hpp"

#include "topologies/reference/ha_agent/core/score.hpp"

namespace splitsite::reference::ha {
namespace {

constexpr Next after_delay(Phase phase) { return {.phase = phase}; }
constexpr Next at_once(Phase phase) { return {.phase = phase, .at_once = true}; }

// What is looked at before the state's own rule; each waits for the loop's delay.
struct Guards {
  bool global = true;
  bool unknown = true;
  bool local = true;
  bool local_first = false;  // before the unknown VM
};

Guards guards_of(Phase phase) {
  switch (phase) {
    case Phase::StartState:
    case Phase::AgentStopped:
      return {.global = false, .unknown = false, .local = false};
    case Phase::LocalMaintenance:
      return {.global = false, .unknown = false};
    case Phase::GlobalMaintenance:
      return {.unknown = false};
    case Phase::EngineUp:
    case Phase::EngineUpBadHealth:
      // A running engine stays where it is: the Manager moves it away before maintenance.
      return {.local = false};
    case Phase::EngineStop:
    case Phase::EngineForceStop:
      return {.local_first = true};
    default:
      return {};
  }
}

std::optional<Phase> guarded(const AgentState& state) {
  const Guards guards = guards_of(state.phase);
  const bool unknown = guards.unknown && state.local.engine.vm == EngineVm::Unknown;
  const bool local = guards.local && state.local.local_maintenance;
  if (guards.global && state.whiteboard.global_maintenance) return Phase::GlobalMaintenance;
  if (local && (guards.local_first || !unknown)) return Phase::LocalMaintenance;
  if (unknown) return Phase::UnknownLocalVmState;
  return std::nullopt;
}

Next reinitialize(const AgentState& state) {
  // Not EngineUp: an engine that is just booting would count as one of bad health.
  return state.local.engine.vm == EngineVm::Up ? at_once(Phase::EngineStarting)
                                               : after_delay(Phase::EngineDown);
}

// Longer than the window, so that there is a look to tell the living from the dead by. (H is
// content with exactly the window, and then takes everybody for dead.)
bool history_is_long_enough(const Rules& rules, const AgentState& state) {
  return state.history.front().at - state.history.back().at > rules.timers.host_alive;
}

Next engine_down(const Rules& rules, const AgentState& state) {
  if (state.best_engine.vm == EngineVm::Up) {
    if (state.best_engine_host == rules.host_id) return at_once(Phase::EngineStarting);
    return after_delay(Phase::EngineDown);
  }
  if (!history_is_long_enough(rules, state)) return after_delay(Phase::EngineDown);
  // Equals race, and sanlock lets one of them win (BZ1093638).
  const int best = state.best_candidate ? state.best_candidate->score : 0;
  const bool best_is_here = !state.best_candidate || best <= score(state, rules.engine_memory_mib);
  return best_is_here ? at_once(Phase::EngineStart) : after_delay(Phase::EngineDown);
}

Next engine_starting(const AgentState& state) {
  if (state.local.engine.vm == EngineVm::Up) {
    const bool good = state.local.engine.health == EngineHealth::Good;
    return after_delay(good ? Phase::EngineUp : Phase::EngineStarting);
  }
  if (state.local.engine.vm == EngineVm::Down) return at_once(Phase::EngineForceStop);
  return at_once(Phase::EngineMaybeAway);
}

bool much_better_elsewhere(const Rules& rules, const AgentState& state) {
  return state.best_candidate &&
         state.best_candidate->score >= score(state, rules.engine_memory_mib) + kRestartThreshold;
}

// Of EngineUp and EngineUpBadHealth.
Next engine_up(const Rules& rules, const AgentState& state) {
  const EngineStatus& here = state.local.engine;
  if (here.vm == EngineVm::Down) return after_delay(Phase::EngineMaybeAway);
  if (here.vm == EngineVm::DownUnexpected) return after_delay(Phase::EngineUnexpectedlyDown);
  if (state.best_engine.vm != EngineVm::Up) return at_once(Phase::EngineMaybeAway);
  if (state.best_engine_host != rules.host_id) return after_delay(Phase::EngineStop);
  // Shut down here to be started there: the agent does not migrate (190ad9b, BZ1664479).
  if (much_better_elsewhere(rules, state)) return after_delay(Phase::EngineStop);
  return after_delay(here.health == EngineHealth::Bad ? Phase::EngineUpBadHealth : Phase::EngineUp);
}

Next engine_maybe_away(const AgentState& state) {
  switch (state.local.engine.vm) {
    case EngineVm::Down:
      return after_delay(Phase::EngineDown);
    case EngineVm::DownUnexpected:
      return after_delay(Phase::EngineUnexpectedlyDown);
    case EngineVm::Up:
      return after_delay(Phase::EngineUp);
    default:
      return after_delay(state.best_engine.vm == EngineVm::Up ? Phase::EngineDown
                                                              : Phase::EngineMaybeAway);
  }
}

Next engine_unexpectedly_down(const Rules& rules, const AgentState& state) {
  const bool up_here =
      state.best_engine.vm == EngineVm::Up && state.best_engine_host == rules.host_id;
  return after_delay(up_here ? Phase::EngineUp : Phase::EngineUnexpectedlyDown);
}

Next engine_stop(const AgentState& state) {
  if (state.local.engine.vm != EngineVm::Up) return after_delay(Phase::EngineDown);
  if (state.local.engine.detail == to_string(rpc::VmPhase::Paused))
    return at_once(Phase::EngineForceStop);
  Next next = after_delay(Phase::EngineStop);
  if (!state.timeout_start) next.action = Action::ShutDownEngine;
  return next;
}

Next own_rule(const Rules& rules, const AgentState& state) {
  switch (state.phase) {
    case Phase::StartState:
    case Phase::GlobalMaintenance:
    case Phase::LocalMaintenance:
      return after_delay(Phase::ReinitializeFSM);
    case Phase::UnknownLocalVmState:
      return at_once(Phase::ReinitializeFSM);
    case Phase::ReinitializeFSM:
      return reinitialize(state);
    case Phase::EngineDown:
      return engine_down(rules, state);
    case Phase::EngineStart:
      return {.phase = Phase::EngineStart, .action = Action::StartEngine};
    case Phase::EngineStarting:
      return engine_starting(state);
    case Phase::EngineUp:
    case Phase::EngineUpBadHealth:
      return engine_up(rules, state);
    case Phase::EngineMaybeAway:
      return engine_maybe_away(state);
    case Phase::EngineUnexpectedlyDown:
      return engine_unexpectedly_down(rules, state);
    case Phase::EngineStop:
      return engine_stop(state);
    case Phase::EngineForceStop:
      return {.phase = Phase::EngineForceStop, .action = Action::DestroyEngine};
    case Phase::AgentStopped:
      return after_delay(Phase::AgentStopped);
  }
  return after_delay(state.phase);
}

struct Limit {
  Duration after;
  Next then;
};

std::optional<Limit> limit_of(const Timers& timers, Phase phase) {
  switch (phase) {
    case Phase::EngineStarting:
      return Limit{timers.starting, after_delay(Phase::EngineStop)};
    case Phase::EngineUpBadHealth:
      return Limit{timers.bad_health, after_delay(Phase::EngineStop)};
    case Phase::EngineStop:
      return Limit{timers.bad_health, after_delay(Phase::EngineForceStop)};
    case Phase::EngineMaybeAway:
      return Limit{timers.away, at_once(Phase::EngineUnexpectedlyDown)};
    case Phase::EngineUnexpectedlyDown:
      return Limit{timers.unexpected_shutdown, after_delay(Phase::EngineDown)};
    default:
      return std::nullopt;
  }
}

}  // namespace

Next next_phase(const Rules& rules, AgentState& state, Instant now) {
  const auto limit = limit_of(rules.timers, state.phase);
  if (limit && state.timeout_start && *state.timeout_start + limit->after < now) {
    state.timeout_start.reset();
    return limit->then;
  }
  const auto guard = guarded(state);
  const Next next = guard ? after_delay(*guard) : own_rule(rules, state);
  if (!limit) return next;
  if (next.phase != state.phase)
    state.timeout_start.reset();
  else if (!state.timeout_start)
    state.timeout_start = now;
  return next;
}

}  // namespace splitsite::reference::ha
