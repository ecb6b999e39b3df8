// How well this host could run the engine: 3400 at best, 0 when it must not (fact 5.1;
// agent/states.py EngineState.score, agent/constants.py.in).
#pragma once

#include "topologies/reference/ha_agent/core/agent_state.hpp"

namespace splitsite::reference::ha {

inline constexpr int kBaseScore = 3400;
inline constexpr int kRestartThreshold = 800;  // RESTART_THRESHOLD_SCORE
inline constexpr int kMaxRetries = 3;          // ENGINE_RETRY_MAX_ATTEMPTS

// `engine_memory_mib`: what the engine VM needs free on this host.
int score(const AgentState& state, int engine_memory_mib);

// The CPU load averaged over all history, by the trapezoidal rule; 0 without two readings.
double average_load(const std::deque<Snapshot>& history);

}  // namespace splitsite::reference::ha
