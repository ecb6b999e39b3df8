#include "topologies/reference/ha_agent/core/report.hpp"

#include <nlohmann/json.hpp>

#include "topologies/reference/ha_agent/core/metadata.hpp"

namespace splitsite::reference::ha {
namespace {

using nlohmann::json;

json host_json(const Peer& host) {
  return {{"host_id", host.host_id},
          {"hostname", host.hostname},
          {"score", host.score},
          {"engine_status", json::parse(to_json(host.engine))},
          {"maintenance", host.maintenance},
          {"stopped", host.stopped},
          {"timestamp", host.timestamp}};
}

}  // namespace

std::string report_json(const Peer& self, const AgentState& state) {
  json hosts = json::array();
  for (const Peer& peer : state.whiteboard.peers) {
    json entry = host_json(peer);
    entry["live"] = state.alive.count(peer.host_id) == 1;
    hosts.push_back(entry);
  }
  json unreadable = json::object();
  for (const auto& [host_id, why] : state.whiteboard.unreadable)
    unreadable[std::to_string(host_id)] = why;
  json report = host_json(self);
  report.erase("maintenance");
  report["state"] = to_string(state.phase);
  report["global_maintenance"] = state.whiteboard.global_maintenance;
  report["local_maintenance"] = state.local.local_maintenance;
  report["storage_error"] = state.storage_error;
  report["best_engine_host"] = state.best_engine_host;
  report["hosts"] = hosts;
  report["unreadable"] = unreadable;
  return report.dump() + "\n";
}

}  // namespace splitsite::reference::ha
