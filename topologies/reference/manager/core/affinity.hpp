// What affinity groups say about a VM on a host (facts 4.1, 7.5): questions about rules, asked by
// the scheduler, by the enforcement of rules and by REST. Pure: nothing here changes the state.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

// The Manager's own VM, of a self-hosted engine.
bool is_engine_vm(const VmState& vm);

bool has_vm(const AffinityGroup& group, const VmId& vm);
bool has_host(const AffinityGroup& group, const NodeId& host);

// An enabled rule to hosts that one of the group's VMs would break by running on that host.
bool breaks_hosts_rule(const AffinityGroup& group, const NodeId& host);

// As REST shows it: some VMs run where a rule of the group does not want them, enforcing or not
// (ovirt-engine AffinityGroupsQueryBase.checkBrokenGroups).
bool is_broken(const ClusterState& state, const AffinityGroup& group);
void update_broken_groups(ClusterState& state);

// The groups a VM is in, highest priority first.
std::vector<const AffinityGroup*> groups_of(const ClusterState& state, const VmId& vm);

// Positive rules between VMs that share a VM make one bigger group of it: A+B and B+C is A+B+C
// (ovirt-engine AffinityRulesUtils.getUnifiedPositiveAffinityGroups). Groups of `groups` without a
// positive rule between VMs add nothing.
std::vector<std::set<VmId>> unified_positive_groups(
    const std::vector<const AffinityGroup*>& groups);
// Of the cluster's enforcing rules only.
std::vector<std::set<VmId>> enforced_together(const ClusterState& state);

}  // namespace splitsite::reference
