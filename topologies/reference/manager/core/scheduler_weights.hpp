// How much the scheduler would like each of the hosts that passed the filters (fact 4.1).
#pragma once

#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

// The best of them, all with the same sum of ranks. `hosts` may be empty, `vms` not.
std::vector<NodeId> best_of(const ClusterState& state, const std::vector<const VmState*>& vms,
                            const std::vector<const HostState*>& hosts);

}  // namespace splitsite::reference
