#include "topologies/reference/manager/core/affinity_candidates.hpp"

#include <algorithm>
#include <map>

#include "topologies/reference/manager/core/affinity.hpp"

namespace splitsite::reference {
namespace {

const VmState* running(const ClusterState& state, const VmId& name) {
  const auto vm = state.vms.find(name);
  return vm != state.vms.end() && vm->second.run_on ? &vm->second : nullptr;
}

// VMs where a rule to hosts does not want them, those who break fewest rules first: oVirt's
// comparator sorts upwards, whatever its comment says (fact 4.2).
std::vector<VmId> breaking_hosts_rules(const ClusterState& state, bool enforcing) {
  std::map<VmId, int> broken;
  for (const AffinityGroup& group : state.affinity_groups) {
    if (group.hosts.empty() || group.hosts_rule.enforcing != enforcing) continue;
    for (const VmId& name : group.vms) {
      const VmState* vm = running(state, name);
      if (vm != nullptr && breaks_hosts_rule(group, *vm->run_on)) ++broken[name];
    }
  }
  std::vector<VmId> vms;
  for (const auto& [name, count] : broken) vms.push_back(name);
  std::stable_sort(vms.begin(), vms.end(),
                   [&](const VmId& a, const VmId& b) { return broken.at(a) < broken.at(b); });
  return vms;
}

// A rule between VMs as the enforcement sees it: enforcing positive ones are merged.
struct VmsGroup {
  bool positive = false;
  double priority = 1;
  std::vector<VmId> vms;
};

std::vector<VmsGroup> vms_groups(const ClusterState& state, bool enforcing) {
  std::vector<VmsGroup> groups;
  for (const AffinityGroup& group : state.affinity_groups) {
    const bool merged = enforcing && group.vms_rule.positive;
    if (!group.vms_rule.enabled || group.vms_rule.enforcing != enforcing || merged) continue;
    groups.push_back({group.vms_rule.positive, group.priority, group.vms});
  }
  if (!enforcing) return groups;
  for (const std::set<VmId>& together : enforced_together(state)) {
    groups.push_back({.positive = true, .vms = {together.begin(), together.end()}});
  }
  return groups;
}

// One who cannot leave his host keeps the others of that host from being moved away for his sake.
std::map<NodeId, std::vector<VmId>> movable_by_host(const ClusterState& state,
                                                    const VmsGroup& group) {
  std::map<NodeId, std::vector<VmId>> hosts;
  std::set<NodeId> kept;
  for (const VmId& name : group.vms) {
    const VmState* vm = running(state, name);
    if (vm == nullptr) continue;
    const bool stays = vm->migration_mode != MigrationMode::Migratable || is_engine_vm(*vm);
    if (stays) kept.insert(*vm->run_on);
    hosts[*vm->run_on].push_back(name);
  }
  std::erase_if(hosts, [&](const auto& entry) { return kept.count(entry.first) != 0; });
  return hosts;
}

bool is_violated(const ClusterState& state, const VmsGroup& group) {
  std::map<NodeId, int> places;
  int vms = 0;
  for (const VmId& name : group.vms) {
    const VmState* vm = running(state, name);
    if (vm == nullptr) continue;
    ++places[*vm->run_on];
    ++vms;
  }
  const auto hosts = static_cast<int>(places.size());
  return group.positive ? hosts > 1 : hosts < vms;
}

// Of VMs that belong together the smallest crowd moves; of those that keep apart, the largest
// splits.
void add_vms_of(const ClusterState& state, const VmsGroup& group, std::vector<VmId>& vms) {
  std::vector<std::vector<VmId>> crowds;
  for (auto& [host, crowd] : movable_by_host(state, group)) {
    if (group.positive || crowd.size() > 1) crowds.push_back(crowd);
  }
  std::stable_sort(crowds.begin(), crowds.end(), [&](const auto& a, const auto& b) {
    return group.positive ? a.size() < b.size() : a.size() > b.size();
  });
  for (const auto& crowd : crowds) vms.insert(vms.end(), crowd.begin(), crowd.end());
}

std::vector<VmId> breaking_vms_rules(const ClusterState& state, bool enforcing) {
  std::vector<VmsGroup> groups = vms_groups(state, enforcing);
  std::erase_if(groups, [&](const VmsGroup& group) { return !is_violated(state, group); });
  std::stable_sort(groups.begin(), groups.end(), [&](const VmsGroup& a, const VmsGroup& b) {
    if (!enforcing && a.priority != b.priority) return a.priority > b.priority;
    return a.vms.size() > b.vms.size();
  });
  std::vector<VmId> vms;
  for (const VmsGroup& group : groups) add_vms_of(state, group, vms);
  return vms;
}

// More than 0: better on the target; less: worse; of the highest priority that tells them apart.
int hosts_rules_gain(const std::vector<const AffinityGroup*>& groups, const NodeId& source,
                     const NodeId& target) {
  int gain = 0;
  double priority = 0;
  for (const AffinityGroup* group : groups) {
    if (!group->hosts_rule.enabled || group->hosts_rule.enforcing) continue;
    if (gain != 0 && group->priority < priority) break;
    priority = group->priority;
    gain += breaks_hosts_rule(*group, source) ? 1 : 0;
    gain -= breaks_hosts_rule(*group, target) ? 1 : 0;
  }
  return gain;
}

int others_on(const ClusterState& state, const AffinityGroup& group, const VmState& vm,
              const NodeId& host) {
  return static_cast<int>(std::count_if(group.vms.begin(), group.vms.end(), [&](const VmId& name) {
    const VmState* other = running(state, name);
    return other != nullptr && other->name != vm.name && other->run_on == host;
  }));
}

// Positive and negative rules are counted apart: neither may get worse.
struct VmsRulesGain {
  int together = 0;
  int apart = 0;
  bool any() const { return together != 0 || apart != 0; }
  bool better() const { return any() && together >= 0 && apart >= 0; }
};

VmsRulesGain vms_rules_gain(const ClusterState& state, const VmState& vm,
                            const std::vector<const AffinityGroup*>& groups, const NodeId& target) {
  VmsRulesGain gain;
  double priority = 0;
  for (const AffinityGroup* group : groups) {
    if (!group->vms_rule.enabled || group->vms_rule.enforcing) continue;
    if (gain.any() && group->priority < priority) break;
    priority = group->priority;
    const int here = others_on(state, *group, vm, *vm.run_on);
    const int there = others_on(state, *group, vm, target);
    if (group->vms_rule.positive) {
      gain.together += (there > here ? 1 : 0) - (there < here ? 1 : 0);
    } else {
      gain.apart += (here > 0 ? 1 : 0) - (there > 0 ? 1 : 0);
    }
  }
  return gain;
}

}  // namespace

std::vector<Candidate> affinity_candidates(const ClusterState& state) {
  std::vector<Candidate> candidates;
  std::set<VmId> taken;
  const auto add = [&](const std::vector<VmId>& vms, bool soft) {
    for (const VmId& vm : vms) {
      if (taken.insert(vm).second) candidates.push_back({.vm = vm, .soft = soft});
    }
  };
  add(breaking_hosts_rules(state, /*enforcing=*/true), false);
  add(breaking_vms_rules(state, /*enforcing=*/true), false);
  add(breaking_hosts_rules(state, /*enforcing=*/false), true);
  add(breaking_vms_rules(state, /*enforcing=*/false), true);
  return candidates;
}

bool improves_soft_affinity(const ClusterState& state, const VmState& vm, const NodeId& target) {
  const auto groups = groups_of(state, vm.name);
  return hosts_rules_gain(groups, *vm.run_on, target) > 0 ||
         vms_rules_gain(state, vm, groups, target).better();
}

}  // namespace splitsite::reference
