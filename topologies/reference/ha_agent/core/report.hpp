// What `hosted-engine --vm-status --json` tells, as one JSON object, for the host daemon and for
// the node's agent; and the part of it the host daemon passes on to the Manager.
#pragma once

#include <string>

#include "topologies/reference/ha_agent/core/agent_state.hpp"
#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::ha {

inline constexpr const char* kReportPath = "/run/splitsite/ha-agent.json";
// Each exists while local maintenance is set: by the Manager, or by hand on this host. What was set
// by hand outlives the Manager's activation of the host (H's local_maintenance and
// local_maintenance_manual).
inline constexpr const char* kMaintenancePath = "/run/splitsite/ha-local-maintenance";
inline constexpr const char* kManualMaintenancePath = "/run/splitsite/ha-local-maintenance-manual";

// {"host_id", "hostname", "state", "score", "engine_status": {…}, "timestamp", "stopped",
//  "global_maintenance", "local_maintenance", "storage_error", "best_engine_host",
//  "hosts": [{"host_id", "hostname", "score", "live", "engine_status", "maintenance", "stopped",
//  "timestamp"}…], "unreadable": {"4": "why"}}. "timestamp" is CLOCK_MONOTONIC in seconds.
std::string report_json(const Peer& self, const AgentState& state);

// What VDSM makes of an agent's word in its haStats (vdsm lib/vdsm/host/api.py, _getHaInfo), of a
// host on which one is configured. An agent that has said nothing for `host_alive` does not run,
// nor does one that has not looked at storage yet; then the rest is not known. `report` may be
// empty or torn; `now` is of the agent's own clock.
rpc::HaStats ha_stats_of(const std::string& report, Instant now, Duration host_alive);

}  // namespace splitsite::reference::ha
