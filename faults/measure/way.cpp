#include "faults/measure/way.hpp"

#include <fmt/format.h>

#include <vector>

namespace splitsite {
namespace {

// Those that can measure on the network, hosts first: what the faults are about.
std::vector<NodeId> measuring_nodes(const LabConfig& config, const SiteId& site, Network network) {
  std::vector<NodeId> hosts;
  std::vector<NodeId> others;
  for (const NodeConfig& node : config.nodes) {
    if (node.site != site || node.role == NodeRole::Wan) continue;
    if (network == Network::Replication && node.replication_address().empty()) continue;
    (node.role == NodeRole::Host ? hosts : others).push_back(node.name);
  }
  hosts.insert(hosts.end(), others.begin(), others.end());
  return hosts;
}

// Two nodes of one site, `preferred` the first of them if its site has another.
std::optional<Way> way_within_a_site(const LabConfig& config, const SiteId& preferred) {
  std::vector<SiteId> sites{preferred};
  for (const SiteConfig& site : config.sites) sites.push_back(site.name);
  for (const SiteId& site : sites) {
    const auto nodes = measuring_nodes(config, site, Network::Site);
    if (nodes.size() >= 2) return Way{nodes[0], nodes[1]};
  }
  return std::nullopt;
}

// What no fault of the two sites takes down, if it is not the one asked about.
std::optional<NodeId> observer_of(const LabConfig& config, const NodeId& faulty) {
  for (const NodeRole role : {NodeRole::Witness, NodeRole::Host}) {
    for (const NodeConfig& node : config.nodes) {
      if (node.role == role && node.name != faulty) return node.name;
    }
  }
  return std::nullopt;
}

}  // namespace

Way turned(const Way& way) { return {way.to, way.from, way.network}; }

std::string describe(const Way& way) {
  return fmt::format("{} to {}{}", way.from, way.to,
                     way.network == Network::Replication ? " over replication" : "");
}

Result<std::string> address_of_far_end(const LabConfig& config, const Way& way) {
  const NodeConfig* node = config.find_node(way.to);
  const std::string address = node == nullptr                ? ""
                              : way.network == Network::Site ? node->site_address()
                                                             : node->replication_address();
  if (!address.empty()) return address;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "measure the way",
               .subject = describe(way),
               .why = node == nullptr ? "the lab has no such node" : "it is not on that network"};
}

std::optional<LinkDirection> link_on(const LabConfig& config, const Way& way) {
  const NodeConfig* from = config.find_node(way.from);
  const NodeConfig* to = config.find_node(way.to);
  if (from == nullptr || to == nullptr || from->site == to->site) return std::nullopt;
  const LinkKind kind = way.network == Network::Site ? LinkKind::Site : LinkKind::Replication;
  return LinkDirection{kind, from->site, to->site};
}

Result<Ends> ends_of(const LabConfig& config, const LinkDirection& direction) {
  const Network network = direction.kind == LinkKind::Site ? Network::Site : Network::Replication;
  const auto from = measuring_nodes(config, direction.from, network);
  const auto to = measuring_nodes(config, direction.to, network);
  const auto inside = way_within_a_site(config, direction.from);
  if (!from.empty() && !to.empty() && network == Network::Replication) {
    const Way crossing{from[0], to[0], network};
    return Ends{crossing, Way{crossing.from, crossing.to, Network::Site}};
  }
  if (!from.empty() && !to.empty() && inside) return Ends{Way{from[0], to[0]}, *inside};
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "measure the",
               .subject = describe(direction),
               .why = "it needs a node at either end, and two nodes in some site as control"};
}

Result<Ends> ends_to(const LabConfig& config, const NodeId& faulty) {
  const NodeConfig* node = config.find_node(faulty);
  const auto observer = observer_of(config, faulty);
  if (node != nullptr && observer) {
    std::vector<NodeId> others = measuring_nodes(config, node->site, Network::Site);
    for (const NodeConfig& each : config.nodes) {
      if (each.role == NodeRole::Host) others.push_back(each.name);
    }
    for (const NodeId& other : others) {
      if (other == faulty || other == *observer) continue;
      return Ends{Way{*observer, faulty}, Way{*observer, other}};
    }
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "measure a fault of",
               .subject = faulty.str(),
               .why = "it needs an observer, and another node as control"};
}

}  // namespace splitsite
