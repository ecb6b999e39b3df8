// Who looks at a broken node, and which node beside it must not be affected.
#pragma once

#include "harness/fault/fault.hpp"

namespace splitsite {

// A node of the same kind that shares nothing with the broken one but the lab; of its own site if
// there is one. Unavailable if the lab has no other node.
Result<NodeId> node_beside(const LabConfig& config, const NodeId& node);

// The witness, or else a node of another site: it reaches the broken node over the site network.
Result<NodeId> observer_of(const LabConfig& config, const NodeId& node);

}  // namespace splitsite
