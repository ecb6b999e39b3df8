// What the agents of a fake lab say of disks, paths and replicas: it follows from the changes in
// force and from which nodes have power. Linked by tests only.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/fault/testing_bench.hpp"

namespace splitsite {

namespace fake_storage {

using nlohmann::json;
using Changes = std::map<std::pair<NodeId, std::string>, std::pair<std::string, json>>;

// The arguments of every change of this kind in force in the node.
inline std::vector<json> changes_of(FakeLab& lab, const NodeId& node, const std::string& kind) {
  std::vector<json> found;
  const auto state = lab.state();
  for (const auto& [place, change] : std::get<Changes>(state)) {
    if (place.first == node && change.first == kind) found.push_back(change.second);
  }
  return found;
}

inline json change_on(FakeLab& lab, const NodeId& node, const std::string& kind,
                      const std::string& device) {
  for (const json& change : changes_of(lab, node, kind)) {
    if (change.value("device", "") == device) return change;
  }
  return nullptr;
}

inline std::vector<NodeId> exporters(FakeLab& lab) {
  std::vector<NodeId> nodes;
  for (const NodeConfig& node : lab.config().nodes) {
    if (node.role == NodeRole::Storage) nodes.push_back(node.name);
  }
  return nodes;
}

inline bool blocked(FakeLab& lab, const NodeId& node, const std::string& address) {
  for (const json& change : changes_of(lab, node, "traffic.block")) {
    const auto peers = change.value("peers", std::vector<std::string>{});
    if (std::find(peers.begin(), peers.end(), address) != peers.end()) return true;
  }
  return false;
}

inline bool rejected(FakeLab& lab, const NodeId& node) {
  for (const json& change : changes_of(lab, node, "traffic.block")) {
    if (change.value("how", "") == "reject") return true;
  }
  return false;
}

// "sda" leads to the first storage node, "sdb" to the second.
inline std::string address_behind(FakeLab& lab, const std::string& disk) {
  const auto nodes = exporters(lab);
  return lab.config().find_node(nodes.at(disk == "sda" ? 0 : 1))->site_address();
}

inline Result<json> probe(FakeLab& lab, const NodeId& node, const json& asked) {
  std::string device = asked.at("device").get<std::string>();
  const bool write = asked.at("op") == "write";
  json attempt{{"outcome", "done"}, {"took_us", 1500}};
  if (device.starts_with("sd") && blocked(lab, node, address_behind(lab, device))) {
    attempt = {{"outcome", "silent"}, {"took_us", 1'000'000}};
  }
  if (device == "drbd0") device = "mapper/splitsite-backing";
  if (device.starts_with("mapper/")) device.erase(0, std::string("mapper/").size());
  if (const json delay = change_on(lab, node, "io.delay", device); !delay.is_null()) {
    const auto what = delay.at("what").get<std::string>();
    if (what == "all" || (what == "writes") == write) {
      attempt["took_us"] = 1500 + 1000 * delay.at("delay_ms").get<int>();
    }
  }
  if (const json error = change_on(lab, node, "io.error", device); !error.is_null()) {
    if (error.at("what") == "all" || write) {
      attempt = {{"outcome", "failed"}, {"took_us", 40}, {"why", "Input/output error"}};
    }
  }
  if (!change_on(lab, node, "io.stall", device).is_null()) {
    attempt = {{"outcome", "silent"}, {"took_us", 1'000'000}};
  }
  const auto count = attempt["outcome"] == "silent" ? 1 : asked.at("count").get<int>();
  return json{{"attempts", std::vector<json>(static_cast<std::size_t>(count), attempt)},
              {"open_since_ns", 5}};
}

inline Result<json> disk(FakeLab& lab, const NodeId& node, const json& asked) {
  const auto device = asked.at("device").get<std::string>();
  const bool changed = !change_on(lab, node, "io.error", device).is_null() ||
                       !change_on(lab, node, "io.delay", device).is_null();
  const bool stalled = !change_on(lab, node, "io.stall", device).is_null();
  return json{{"suspended", stalled},
              {"table", changed ? "0 2048 error" : "0 2048 linear 253:0 0"},
              {"linear", !changed},
              {"stalled_ms", 8000}};
}

inline Result<json> paths(FakeLab& lab, const NodeId& node, const json&) {
  json all = json::array();
  for (const char* disk : {"sda", "sdb"}) {
    const auto address = address_behind(lab, disk);
    const bool lost = blocked(lab, node, address);
    all.push_back({{"portal", address},
                   {"session", lost ? "FAILED" : "LOGGED_IN"},
                   {"device", disk},
                   {"multipath", lost ? "failed" : "active"}});
  }
  return json{{"paths", all}};
}

inline Result<json> portal(FakeLab& lab, const NodeId& node, const json& asked) {
  const char* shut = rejected(lab, node) ? "refused" : "timed_out";
  const bool lost = blocked(lab, node, asked.at("address").get<std::string>());
  return json{{"outcome", lost ? shut : "connected"}, {"took_us", 900}};
}

inline bool copy_is_behind(FakeLab& lab, const NodeId& node) {
  return !changes_of(lab, node, "replica.detach").empty() ||
         !changes_of(lab, node, "replica.outdate").empty();
}

inline Result<json> replica(FakeLab& lab, const NodeId& node, const json&) {
  const auto nodes = exporters(lab);
  const NodeId peer = nodes.at(0) == node ? nodes.at(1) : nodes.at(0);
  const bool paused_here = !changes_of(lab, node, "replica.pause").empty();
  const bool paused_there = !changes_of(lab, peer, "replica.pause").empty();
  const bool behind = copy_is_behind(lab, node);
  const bool ahead = copy_is_behind(lab, peer);
  const SiteId here = lab.config().find_node(node)->site;
  const SiteId there = lab.config().find_node(peer)->site;
  const bool parted = lab.read({LinkKind::Replication, here, there}).value().cut != Cut::None ||
                      lab.read({LinkKind::Replication, there, here}).value().cut != Cut::None;
  const bool alone = parted || lab.state(peer).value() != PowerState::On;
  json seen{{"connection", alone ? "WFConnection" : "Connected"},
            {"disk", behind ? "Inconsistent" : "UpToDate"},
            {"peer_disk", alone ? "DUnknown" : (ahead ? "Inconsistent" : "UpToDate")},
            {"out_of_sync_kib", behind || ahead ? 60 : 0},
            {"paused_here", paused_here},
            {"paused_by_peer", paused_there}};
  if (behind) seen["connection"] = paused_here ? "PausedSyncT" : "SyncTarget";
  if (ahead) seen["connection"] = paused_there ? "PausedSyncS" : "SyncSource";
  return seen;
}

}  // namespace fake_storage

inline void teach_storage(FakeLab& lab) {
  const auto teach = [&](const char* kind, auto say) {
    lab.observe_by(kind,
                   [say](FakeLab& asked, const NodeId& node,
                         const nlohmann::json& arguments) -> Result<nlohmann::json> {
                     if (asked.state(node).value() == PowerState::On)
                       return say(asked, node, arguments);
                     return Error{
                         .kind = ErrorKind::Unavailable, .attempted = "ask", .subject = node.str()};
                   });
  };
  teach("io.probe", fake_storage::probe);
  for (const char* kind : {"io.error", "io.delay", "io.stall"}) teach(kind, fake_storage::disk);
  teach("storage.paths", fake_storage::paths);
  teach("storage.portal", fake_storage::portal);
  for (const char* kind :
       {"replica.pause", "replica.detach", "replica.attach", "replica.outdate"}) {
    teach(kind, fake_storage::replica);
  }
}

}  // namespace splitsite
