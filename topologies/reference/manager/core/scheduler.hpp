// Which host a VM goes to: filters that forbid, then weights that prefer (fact 4.1). Pure: it reads
// the state and changes nothing.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

struct Schedule {
  std::vector<NodeId> best;           // equally good; empty when no host passes the filters
  std::vector<std::string> refusals;  // "host-a1 (VmLeasesReady)", one per refused host
};

// Hosts in `excluded` are not considered and not listed among the refusals.
Schedule schedule(const ClusterState& state, const VmState& vm, const std::set<NodeId>& excluded);

// How many soft VM-to-host rules would be broken with the VM on that host.
int soft_conflicts(const ClusterState& state, const VmId& vm, const NodeId& host);

}  // namespace splitsite::reference
