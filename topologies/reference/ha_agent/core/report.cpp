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

bool has(const json& object, const char* key, json::value_t type) {
  return object.is_object() && object.contains(key) && object[key].type() == type;
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

rpc::HaStats ha_stats_of(const std::string& report, Instant now, Duration host_alive) {
  rpc::HaStats stats{.configured = true};
  const json said = json::parse(report, nullptr, /*allow_exceptions=*/false);
  const bool whole = has(said, "timestamp", json::value_t::number_unsigned) &&
                     has(said, "score", json::value_t::number_unsigned) &&
                     has(said, "state", json::value_t::string) &&
                     has(said, "global_maintenance", json::value_t::boolean);
  if (!whole) return stats;
  const Instant updated{std::chrono::seconds(said["timestamp"].get<std::int64_t>())};
  const auto phase = said["state"].get<std::string>();
  if (now - updated > host_alive || phase == to_string(Phase::StartState)) return stats;
  stats.active = true;
  stats.score = said["score"].get<int>();
  stats.global_maintenance = said["global_maintenance"].get<bool>();
  stats.local_maintenance = phase == to_string(Phase::LocalMaintenance);
  return stats;
}

}  // namespace splitsite::reference::ha
