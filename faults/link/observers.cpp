#include "faults/link/observers.hpp"

#include <algorithm>

namespace splitsite {

std::vector<NodeId> nodes_besides(const LabConfig& config, const std::vector<NodeId>& named,
                                  const SiteId& site) {
  std::vector<const NodeConfig*> others;
  for (const NodeConfig& node : config.nodes) {
    if (node.role == NodeRole::Wan) continue;
    if (std::find(named.begin(), named.end(), node.name) != named.end()) continue;
    others.push_back(&node);
  }
  const auto rank = [&](const NodeConfig* node) {
    return (node->site == site ? 0 : 2) + (node->role == NodeRole::Host ? 0 : 1);
  };
  std::stable_sort(others.begin(), others.end(),
                   [&](const NodeConfig* x, const NodeConfig* y) { return rank(x) < rank(y); });
  std::vector<NodeId> names;
  for (const NodeConfig* node : others) names.push_back(node->name);
  return names;
}

Result<Observation> observe_node(const LabConfig& config, const NodeId& node) {
  const NodeConfig* found = config.find_node(node);
  const auto others = nodes_besides(config, {node}, found == nullptr ? SiteId() : found->site);
  if (found != nullptr && others.size() >= 2) {
    return Observation{.way = {others[0], node}, .control = {others[0], others[1]}};
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "measure the network of",
               .subject = node.str(),
               .why = "it needs two other nodes: one to measure from, one as control"};
}

bool has_power(const Bench& bench, const NodeId& node) {
  const auto state = bench.power.state(node);
  return !state || state.value() != PowerState::Off;
}

}  // namespace splitsite
