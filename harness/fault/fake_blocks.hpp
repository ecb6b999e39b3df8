// What changes inside the fake lab's nodes do to packets: "traffic.block" and "nic.down", with the
// arguments the agents know. Linked by tests only.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

// By node and the change's id: its kind and arguments.
using FakeChanges =
    std::map<std::pair<NodeId, std::string>, std::pair<std::string, nlohmann::json>>;

inline bool blocks_traffic(const nlohmann::json& arguments, const NodeConfig& peer,
                           const std::string& direction, int port) {
  const std::string what = arguments.value("what", "all");
  const std::string blocked = arguments.value("direction", "both");
  const auto peers = arguments.value("peers", std::vector<std::string>{});
  const auto names = [&](const std::string& address) {
    return std::find(peers.begin(), peers.end(), address) != peers.end();
  };
  if (what != "all" && what != (port == 3260 ? "storage" : "management")) return false;
  if (blocked != "both" && blocked != direction) return false;
  return peers.empty() || names(peer.site_address()) ||
         (!peer.replication_address().empty() && names(peer.replication_address()));
}

// What `node` does to its packets to ("out") or from ("in") `peer` for a TCP port of either; port 0
// stands for any service that is not storage.
inline Cut blocked_by(const FakeChanges& changes, const NodeConfig& node, const NodeConfig& peer,
                      const std::string& direction, Network network, int port) {
  for (const auto& [where, change] : changes) {
    const auto& [kind, arguments] = change;
    if (where.first != node.name) continue;
    const bool on_site = arguments.value("device", "eth0") == "eth0";
    if (kind == "nic.down" && on_site == (network == Network::Site)) return Cut::Drop;
    if (kind == "traffic.block" && blocks_traffic(arguments, peer, direction, port)) {
      return arguments.value("how", "drop") == "reject" ? Cut::Reject : Cut::Drop;
    }
  }
  return Cut::None;
}

}  // namespace splitsite
