#include "topologies/reference/ha_agent/core/score.hpp"

#include <algorithm>

namespace splitsite::reference::ha {
namespace {

constexpr int kNetworkPenalty = 1600;
constexpr int kOldConfigurationPenalty = 1000;
constexpr int kManagementLinkPenalty = 600;
constexpr int kMemoryPenalty = 400;
constexpr int kCpuLoadPenalty = 1000;
constexpr double kCpuLoadFree = 0.4;
constexpr double kCpuLoadFull = 0.9;
constexpr int kRetryPenalty = 50;

// States in which the host offers nothing, whatever it measures.
bool offers_nothing(Phase phase) {
  return phase == Phase::StartState || phase == Phase::ReinitializeFSM ||
         phase == Phase::LocalMaintenance || phase == Phase::EngineUnexpectedlyDown ||
         phase == Phase::AgentStopped;
}

// The engine's own memory is in use where it runs.
bool memory_counts(Phase phase) {
  return phase != Phase::EngineUp && phase != Phase::EngineUpBadHealth &&
         phase != Phase::GlobalMaintenance;
}

int cpu_penalty(double load) {
  const double share = (load - kCpuLoadFree) / (kCpuLoadFull - kCpuLoadFree);
  return std::clamp(static_cast<int>(share * kCpuLoadPenalty), 0, kCpuLoadPenalty);
}

}  // namespace

double average_load(const std::deque<Snapshot>& history) {
  double area = 0;
  double time = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    const Snapshot& newer = history[i - 1];
    const Snapshot& older = history[i];
    if (!newer.cpu_load || !older.cpu_load) continue;
    const double width = std::chrono::duration<double>(newer.at - older.at).count();
    area += width * (*newer.cpu_load + *older.cpu_load) / 2;
    time += width;
  }
  return time > 0 ? area / time : 0.0;
}

int score(const AgentState& state, int engine_memory_mib) {
  if (offers_nothing(state.phase)) return 0;
  if (state.retries > kMaxRetries) return 0;
  const LocalReadings& local = state.local;
  int score = kBaseScore;
  if (!local.configuration_up_to_date) score -= kOldConfigurationPenalty;
  if (local.network < 1.0) score -= static_cast<int>((1.0 - local.network) * kNetworkPenalty);
  if (!local.management_link) score -= kManagementLinkPenalty;
  score -= cpu_penalty(average_load(state.history));
  if (memory_counts(state.phase) && local.memory_free.value_or(0) < engine_memory_mib)
    score -= kMemoryPenalty;
  score -= kRetryPenalty * state.retries;
  return std::max(0, score);
}

}  // namespace splitsite::reference::ha
