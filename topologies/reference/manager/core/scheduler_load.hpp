// What the scheduler counts as used on a host: what the host reports, and VMs that are on their way
// to it and in none of its reports yet (oVirt's pending resources). Pure.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

// VMs that start on the host or migrate to it.
std::vector<const VmState*> pending_on(const ClusterState& state, const NodeId& host);

// Where a VM counts for the others: where it is on its way to, else where it runs.
std::optional<NodeId> place_of(const ClusterState& state, const VmState& vm);

// Free by the host's own words, MiB.
std::int64_t free_memory(const ClusterState& state, const HostState& host);
// Not promised to any VM, MiB, at an overcommitment of 100 % (oVirt's maxSchedulingMemory).
std::int64_t unpromised_memory(const ClusterState& state, const HostState& host);

// Per cent of the host's processors with these VMs there as well (oVirt's
// EvenDistributionCPUWeightPolicyUnit): a VM that is new to it counts ten per cent of a processor,
// the SPM role as much (VcpuConsumptionPercentage, SpmVCpuConsumption).
std::int64_t cpu_percent(const ClusterState& state, const HostState& host,
                         const std::vector<const VmState*>& vms);

}  // namespace splitsite::reference
