// From where the network of single nodes is measured, and against which other nodes.
#pragma once

#include <vector>

#include "faults/measure/way.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

// All nodes but the wan node and those named; the ones in `site` first, hosts before others.
std::vector<NodeId> nodes_besides(const LabConfig& config, const std::vector<NodeId>& named,
                                  const SiteId& site);

struct Observation {
  Way way;      // from the observer to the node
  Way control;  // from the observer to a node that is not affected
};
// Unavailable: the lab has no two other nodes.
Result<Observation> observe_node(const LabConfig& config, const NodeId& node);

// A node that died in the meantime has nothing left to heal.
bool has_power(const Bench& bench, const NodeId& node);

}  // namespace splitsite
