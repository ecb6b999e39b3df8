// What the fake lab's links and the changes in its nodes do to packets: of the changes
// "traffic.block" and "nic.down", with the arguments the agents know. Linked by tests only.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

// By node and the change's id: its kind and arguments.
using FakeChanges =
    std::map<std::pair<NodeId, std::string>, std::pair<std::string, nlohmann::json>>;

// Stands for what goes to the guests a node runs, rather than to the node itself.
inline constexpr int kGuestPort = -1;

inline const char* traffic_of(int port) {
  return port == 3260 ? "storage" : port == kGuestPort ? "guests" : "management";
}

inline bool blocks_traffic(const nlohmann::json& arguments, const NodeConfig& peer,
                           const std::string& direction, int port) {
  const std::string what = arguments.value("what", "all");
  const std::string blocked = arguments.value("direction", "both");
  const auto peers = arguments.value("peers", std::vector<std::string>{});
  const auto names = [&](const std::string& address) {
    return std::find(peers.begin(), peers.end(), address) != peers.end();
  };
  if (what != "all" && what != traffic_of(port)) return false;
  if (blocked != "both" && blocked != direction) return false;
  return peers.empty() || names(peer.site_address()) ||
         (!peer.replication_address().empty() && names(peer.replication_address()));
}

// What `node` does to its packets to ("out") or from ("in") `peer` for a TCP port of either; port 0
// stands for any service of theirs that is not storage.
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

inline Impairment met_by_packets(const std::map<LinkDirection, Impairment>& links,
                                 const FakeChanges& changes, const NodeConfig& from,
                                 const NodeConfig& to, Network network, int port) {
  Impairment meets;
  if (from.site != to.site) {
    const LinkKind kind = network == Network::Site ? LinkKind::Site : LinkKind::Replication;
    meets = links.at({kind, from.site, to.site});
  }
  for (const Cut blocked : {blocked_by(changes, from, to, "out", network, port),
                            blocked_by(changes, to, from, "in", network, port)}) {
    if (blocked != Cut::None && meets.cut != Cut::Drop) meets.cut = blocked;
  }
  return meets;
}

// Of the change of this kind that is in force in the node.
inline std::optional<nlohmann::json> find_arguments(const FakeChanges& changes, const NodeId& node,
                                                    const std::string& kind) {
  for (const auto& [where, change] : changes) {
    if (where.first == node && change.first == kind) return change.second;
  }
  return std::nullopt;
}

// As with the power, or with a fresh boot.
inline void lose_changes(FakeChanges& changes, const NodeId& node) {
  std::erase_if(changes, [&](const auto& entry) { return entry.first.first == node; });
}

}  // namespace splitsite
