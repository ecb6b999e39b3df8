#include "topologies/reference/ha_agent/core/decide.hpp"

#include <algorithm>
#include <utility>

#include "topologies/reference/ha_agent/core/transitions.hpp"

namespace splitsite::reference::ha {
namespace {

// The newest look that is older than the window: against it hosts have to have changed.
const Snapshot* before_window(const AgentState& state, Duration window, Instant now) {
  const auto found = std::find_if(state.history.begin(), state.history.end(),
                                  [&](const Snapshot& old) { return old.at + window < now; });
  return found == state.history.end() ? nullptr : &*found;
}

// A peer is alive if its own timestamp has changed since: its clock is never compared with ours.
std::set<int> alive_peers(const AgentState& state, Duration window, Instant now) {
  std::set<int> alive;
  const Snapshot* old = before_window(state, window, now);
  if (old == nullptr) return alive;
  for (const Peer& peer : state.whiteboard.peers) {
    const auto then = old->timestamps.find(peer.host_id);
    if (then == old->timestamps.end() || then->second != peer.timestamp) alive.insert(peer.host_id);
  }
  return alive;
}

// Where the engine does best: here, unless an alive peer's does better.
void find_best(AgentState& state, int self) {
  state.best_engine = state.local.engine;
  state.best_engine_host = self;
  state.best_candidate.reset();
  for (const Peer& peer : state.whiteboard.peers) {
    if (state.alive.count(peer.host_id) == 0) continue;
    if (rank(peer.engine) > rank(state.best_engine)) {
      state.best_engine = peer.engine;
      state.best_engine_host = peer.host_id;
    }
    const int best = state.best_candidate ? state.best_candidate->score : 0;
    if (peer.score > best) state.best_candidate = peer;
  }
}

void remember(AgentState& state, Duration kept, Instant now) {
  Snapshot snapshot{.at = now, .cpu_load = state.local.cpu_load};
  for (const Peer& peer : state.whiteboard.peers)
    snapshot.timestamps[peer.host_id] = peer.timestamp;
  state.history.push_front(std::move(snapshot));
  while (state.history.back().at <= now - kept) state.history.pop_back();
}

void refresh(const Rules& rules, AgentState& state, Observation seen, Instant now) {
  state.local = std::move(seen.local);
  state.whiteboard = std::move(*seen.whiteboard);
  state.storage_error.clear();
  state.updated = now;
  state.alive = alive_peers(state, rules.timers.host_alive, now);
  find_best(state, rules.host_id);
  if (state.last_retry && now - *state.last_retry >= rules.timers.retry_expiration) {
    state.last_retry.reset();
    state.retries = 0;
  }
  remember(state, rules.timers.history, now);
}

// Without storage nobody can be told from a dead host. H's broker and agent start anew then
// (BZ1583712): so nothing is decided on old news, and sixty seconds of fresh news come first.
AgentState begin_anew(Observation seen, Instant now) {
  return {.local = std::move(seen.local),
          .storage_error = std::move(seen.storage_error),
          .updated = now};
}

}  // namespace

Decision observe(const Rules& rules, AgentState state, Observation seen, Instant now) {
  if (!seen.whiteboard) return {.state = begin_anew(std::move(seen), now)};
  // A starting agent waits while local maintenance is set, and touches nothing (b773437).
  if (state.phase == Phase::StartState && seen.local.local_maintenance) {
    state.local = std::move(seen.local);
    state.storage_error.clear();
    state.updated = now;
    return {.state = std::move(state)};
  }
  refresh(rules, state, std::move(seen), now);
  const Next next = next_phase(rules, state, now);
  state.phase = next.phase;
  return {.state = std::move(state), .action = next.action, .at_once = next.at_once};
}

Decision acted(const Rules&, AgentState state, Action action, bool succeeded, Instant now) {
  if (action == Action::StartEngine) {
    state.last_retry = now;
    state.retries = succeeded ? 0 : state.retries + 1;
    state.phase = succeeded ? Phase::EngineStarting : Phase::EngineDown;
  } else if (!succeeded) {
    state.timeout_start.reset();
    state.phase = Phase::ReinitializeFSM;
  } else if (action == Action::DestroyEngine) {
    state.phase = Phase::EngineDown;
  }
  return {.state = std::move(state)};
}

AgentState stopped(AgentState state, Instant now) {
  state.phase = Phase::AgentStopped;
  state.updated = now;
  return state;
}

std::string_view to_string(Action action) {
  switch (action) {
    case Action::StartEngine:
      return "start the engine VM";
    case Action::ShutDownEngine:
      return "shut down the engine VM";
    case Action::DestroyEngine:
      return "destroy the engine VM";
  }
  return "";
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::StartState:
      return "StartState";
    case Phase::ReinitializeFSM:
      return "ReinitializeFSM";
    case Phase::UnknownLocalVmState:
      return "UnknownLocalVmState";
    case Phase::GlobalMaintenance:
      return "GlobalMaintenance";
    case Phase::LocalMaintenance:
      return "LocalMaintenance";
    case Phase::EngineDown:
      return "EngineDown";
    case Phase::EngineStart:
      return "EngineStart";
    case Phase::EngineStarting:
      return "EngineStarting";
    case Phase::EngineUp:
      return "EngineUp";
    case Phase::EngineUpBadHealth:
      return "EngineUpBadHealth";
    case Phase::EngineMaybeAway:
      return "EngineMaybeAway";
    case Phase::EngineUnexpectedlyDown:
      return "EngineUnexpectedlyDown";
    case Phase::EngineStop:
      return "EngineStop";
    case Phase::EngineForceStop:
      return "EngineForceStop";
    case Phase::AgentStopped:
      return "AgentStopped";
  }
  return "";
}

}  // namespace splitsite::reference::ha
