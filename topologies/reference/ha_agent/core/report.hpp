// What `hosted-engine --vm-status --json` tells, as one JSON object, for the host daemon and for
// the node's agent; and the part of it the host daemon passes on to the Manager.
#pragma once

#include <string>

#include "topologies/reference/ha_agent/core/agent_state.hpp"

namespace splitsite::reference::ha {

inline constexpr const char* kReportPath = "/run/splitsite/ha-agent.json";
// Exists while local maintenance is set.
inline constexpr const char* kMaintenancePath = "/run/splitsite/ha-local-maintenance";

// {"host_id", "hostname", "state", "score", "engine_status": {…}, "timestamp", "stopped",
//  "global_maintenance", "local_maintenance", "storage_error", "best_engine_host",
//  "hosts": [{"host_id", "hostname", "score", "live", "engine_status", "maintenance", "stopped",
//  "timestamp"}…], "unreadable": {"4": "why"}}. "timestamp" is CLOCK_MONOTONIC in seconds.
std::string report_json(const Peer& self, const AgentState& state);

}  // namespace splitsite::reference::ha
