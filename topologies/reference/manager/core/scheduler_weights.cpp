// Each weight ranks the hosts; the sum of factor times rank decides. Factors are those of oVirt's
// built-in policies (ovirt-engine InternalClusterPolicies). Not here, because nothing in this
// cluster has them: high-performance VMs, NUMA and CPU pinning.
#include "topologies/reference/manager/core/scheduler_weights.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/scheduler_load.hpp"

namespace splitsite::reference {
namespace {

using Vms = std::vector<const VmState*>;
using Hosts = std::vector<const HostState*>;

constexpr int kHostsRules = 20;
constexpr int kCpu = 2;
constexpr int kMemory = 1;
constexpr int kVmsRules = 1;
constexpr int kHaScore = 1;
constexpr int kPreferredHosts = 99;

// Compared element by element: one broken group of priority 2 is worse than three of priority 1.
using Priorities = std::vector<double>;

Priorities sorted(Priorities priorities) {
  std::sort(priorities.begin(), priorities.end(), std::greater<>());
  return priorities;
}

Priorities broken_hosts_rules(const ClusterState& state, const Vms& vms, const HostState& host) {
  Priorities broken;
  for (const VmState* vm : vms) {
    for (const AffinityGroup* group : groups_of(state, vm->name)) {
      const bool soft = !group->hosts_rule.enforcing;
      if (soft && breaks_hosts_rule(*group, host.name)) broken.push_back(group->priority);
    }
  }
  return sorted(std::move(broken));
}

// Lower is better: what is broken, then how few of the VMs' companions are there; those who cannot
// be moved count first.
using VmsRules = std::tuple<Priorities, int, int>;

bool can_follow(const VmState& vm) { return vm.migration_mode == MigrationMode::Migratable; }

bool is_one_of(const Vms& vms, const VmId& name) {
  return std::any_of(vms.begin(), vms.end(), [&](const VmState* vm) { return vm->name == name; });
}

// The group's other VMs that are, or will be, on the host.
Vms companions(const ClusterState& state, const AffinityGroup& group, const Vms& vms,
               const NodeId& host) {
  Vms there;
  for (const VmId& name : group.vms) {
    const auto other = state.vms.find(name);
    if (other == state.vms.end() || is_one_of(vms, name)) continue;
    if (place_of(state, other->second) == host) there.push_back(&other->second);
  }
  return there;
}

VmsRules vms_rules(const ClusterState& state, const Vms& vms, const HostState& host) {
  Priorities broken;
  std::set<const VmState*> wanted;
  std::set<const AffinityGroup*> groups;
  for (const VmState* vm : vms) {
    for (const AffinityGroup* group : groups_of(state, vm->name)) {
      if (group->vms_rule.enabled) groups.insert(group);
    }
  }
  for (const AffinityGroup* group : groups) {
    const Vms there = companions(state, *group, vms, host.name);
    if (there.empty() == group->vms_rule.positive) broken.push_back(group->priority);
    if (group->vms_rule.positive) wanted.insert(there.begin(), there.end());
  }
  const auto fixed = std::count_if(wanted.begin(), wanted.end(),
                                   [](const VmState* vm) { return !can_follow(*vm); });
  return {sorted(std::move(broken)), -static_cast<int>(fixed), -static_cast<int>(wanted.size())};
}

// Only for VMs that start; those that migrate go where they are better off.
int not_preferred(const Vms& vms, const HostState& host) {
  return static_cast<int>(std::count_if(vms.begin(), vms.end(), [&](const VmState* vm) {
    const auto& preferred = vm->preferred_hosts;
    return vm->status == VmStatus::Down && !preferred.empty() &&
           std::find(preferred.begin(), preferred.end(), host.name) == preferred.end();
  }));
}

using Totals = std::map<NodeId, int>;

// oVirt's RankSelectorPolicyUnit gives factor × (hosts that are not better), and takes the highest
// sum; counting the better ones and taking the lowest sum is the same. Equal scores share a rank.
template <class Score>
void add_ranks(Totals& totals, const Hosts& hosts, int factor, Score&& score) {
  using Value = decltype(score(*hosts.front()));
  std::vector<Value> values;
  for (const HostState* host : hosts) values.push_back(score(*host));
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const auto better = std::count_if(values.begin(), values.end(),
                                      [&](const Value& other) { return other < values[i]; });
    totals[hosts[i]->name] += factor * static_cast<int>(better);
  }
}

}  // namespace

std::vector<NodeId> best_of(const ClusterState& state, const Vms& vms, const Hosts& hosts) {
  Totals totals;
  add_ranks(totals, hosts, kHostsRules,
            [&](const HostState& h) { return broken_hosts_rules(state, vms, h); });
  add_ranks(totals, hosts, kCpu, [&](const HostState& h) { return cpu_percent(state, h, vms); });
  add_ranks(totals, hosts, kMemory, [&](const HostState& h) {
    std::int64_t left = unpromised_memory(state, h);
    for (const VmState* vm : vms) left -= vm->run_on == h.name ? 0 : vm->memory_mib;
    return -left;
  });
  add_ranks(totals, hosts, kVmsRules, [&](const HostState& h) { return vms_rules(state, vms, h); });
  const bool engine =
      std::any_of(vms.begin(), vms.end(), [](const VmState* vm) { return is_engine_vm(*vm); });
  add_ranks(totals, hosts, kHaScore, [&](const HostState& h) { return engine ? ha_weight(h) : 0; });
  add_ranks(totals, hosts, kPreferredHosts,
            [&](const HostState& h) { return not_preferred(vms, h); });
  std::vector<NodeId> best;
  const auto least = std::min_element(totals.begin(), totals.end(),
                                      [](auto& a, auto& b) { return a.second < b.second; });
  for (const auto& [name, total] : totals) {
    if (total == least->second) best.push_back(name);
  }
  return best;
}

}  // namespace splitsite::reference
