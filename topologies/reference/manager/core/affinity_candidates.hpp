// Which VMs should be moved because they break affinity rules, in the order in which oVirt tries
// them (fact 4.2, ovirt-engine AffinityRulesEnforcer). Pure.
#pragma once

#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

struct Candidate {
  VmId vm;
  bool soft = false;  // breaks no enforcing rule: it is moved only if that makes things better
};

// Enforcing rules to hosts, enforcing rules between VMs, soft rules to hosts, soft rules between
// VMs; each VM once. Not looked at: whether it can be migrated at all.
std::vector<Candidate> affinity_candidates(const ClusterState& state);

// Fewer soft conflicts on `target` than where it is: by the highest priority that makes a
// difference, first among rules to hosts, then among rules between VMs.
bool improves_soft_affinity(const ClusterState& state, const VmState& vm, const NodeId& target);

}  // namespace splitsite::reference
