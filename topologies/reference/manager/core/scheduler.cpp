#include "topologies/reference/manager/core/scheduler.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {
namespace {

bool in_group(const AffinityGroup& group, const VmId& vm) {
  return std::find(group.vms.begin(), group.vms.end(), vm) != group.vms.end();
}

bool breaks(const AffinityGroup& group, const NodeId& host) {
  const bool listed = std::find(group.hosts.begin(), group.hosts.end(), host) != group.hosts.end();
  return listed != group.hosts_rule.positive;
}

int conflicts(const ClusterState& state, const VmId& vm, const NodeId& host, bool enforcing) {
  return static_cast<int>(std::count_if(state.affinity_groups.begin(), state.affinity_groups.end(),
                                        [&](const AffinityGroup& group) {
                                          return group.hosts_rule.enforcing == enforcing &&
                                                 in_group(group, vm) && breaks(group, host);
                                        }));
}

// VMs that will use the host but are not in its own figures yet.
std::vector<const VmState*> pending_on(const ClusterState& state, const NodeId& host) {
  std::vector<const VmState*> pending;
  for (const auto& [name, vm] : state.vms) {
    if (vm.start && vm.start->host == host) pending.push_back(&vm);
  }
  for (const Migration& migration : state.migrations) {
    if (migration.destination == host) pending.push_back(&state.vms.at(migration.vm));
  }
  return pending;
}

std::int64_t free_memory(const ClusterState& state, const HostState& host) {
  std::int64_t free = host.memory_free_mib;
  for (const VmState* vm : pending_on(state, host.name)) free -= vm->memory_mib;
  return free;
}

int expected_vms(const ClusterState& state, const NodeId& host) {
  const auto pending = pending_on(state, host);
  const auto coming = std::count_if(pending.begin(), pending.end(),
                                    [&](const VmState* vm) { return vm->run_on != host; });
  return state.vms_on(host) + static_cast<int>(coming);
}

// The name of the first filter that refuses the host; empty when it passes.
std::string refused_by(const ClusterState& state, const VmState& vm, const HostState& host) {
  if (host.status != HostStatus::Up) return "Status";
  // Fact 2.2: the target must have acquired the lease domain's lockspace.
  if (vm.lease && !host.storage.lockspace_joined) return "VmLeasesReady";
  if (free_memory(state, host) < vm.memory_mib) return "Memory";
  if (conflicts(state, vm.name, host.name, /*enforcing=*/true) > 0)
    return "VmToHostsAffinityGroups";
  return {};
}

using Score = std::function<std::int64_t(const HostState&)>;  // lower is better

// Fact 4.1: the selector multiplies the factor with the host's rank, not with its score. Equal
// scores share a rank.
void add_ranks(std::map<NodeId, std::int64_t>& totals, const std::vector<const HostState*>& hosts,
               int factor, const Score& score) {
  for (const HostState* host : hosts) {
    const auto better = std::count_if(hosts.begin(), hosts.end(), [&](const HostState* other) {
      return score(*other) < score(*host);
    });
    totals[host->name] += factor * better;
  }
}

}  // namespace

int soft_conflicts(const ClusterState& state, const VmId& vm, const NodeId& host) {
  return conflicts(state, vm, host, /*enforcing=*/false);
}

Schedule schedule(const ClusterState& state, const VmState& vm, const std::set<NodeId>& excluded) {
  Schedule result;
  std::vector<const HostState*> passed;
  for (const auto& [name, host] : state.hosts) {
    if (excluded.count(name) != 0) continue;
    const std::string filter = refused_by(state, vm, host);
    if (filter.empty()) passed.push_back(&host);
    if (!filter.empty()) result.refusals.push_back(name.str() + " (" + filter + ")");
  }
  std::map<NodeId, std::int64_t> totals;
  add_ranks(totals, passed, 20,
            [&](const HostState& h) { return soft_conflicts(state, vm.name, h.name); });
  add_ranks(totals, passed, 2, [&](const HostState& h) { return expected_vms(state, h.name); });
  add_ranks(totals, passed, 1, [&](const HostState& h) { return -free_memory(state, h); });
  const auto least = std::min_element(totals.begin(), totals.end(),
                                      [](auto& a, auto& b) { return a.second < b.second; });
  for (const auto& [name, total] : totals) {
    if (total == least->second) result.best.push_back(name);
  }
  return result;
}

}  // namespace splitsite::reference
