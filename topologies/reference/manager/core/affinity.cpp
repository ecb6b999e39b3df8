#include "topologies/reference/manager/core/affinity.hpp"

#include <algorithm>

namespace splitsite::reference {
namespace {

// Where the group's VMs are, one entry per VM that runs somewhere.
std::vector<NodeId> places_of(const ClusterState& state, const AffinityGroup& group) {
  std::vector<NodeId> places;
  places.reserve(group.vms.size());
  for (const VmId& name : group.vms) {
    const auto vm = state.vms.find(name);
    if (vm != state.vms.end() && vm->second.run_on) places.push_back(*vm->second.run_on);
  }
  return places;
}

}  // namespace

bool is_engine_vm(const VmState& vm) { return vm.name.str() == hosted_engine_vm; }

bool has_vm(const AffinityGroup& group, const VmId& vm) {
  return std::find(group.vms.begin(), group.vms.end(), vm) != group.vms.end();
}

bool has_host(const AffinityGroup& group, const NodeId& host) {
  return std::find(group.hosts.begin(), group.hosts.end(), host) != group.hosts.end();
}

bool breaks_hosts_rule(const AffinityGroup& group, const NodeId& host) {
  return group.hosts_rule.enabled && has_host(group, host) != group.hosts_rule.positive;
}

bool is_broken(const ClusterState& state, const AffinityGroup& group) {
  const std::vector<NodeId> places = places_of(state, group);
  const std::set<NodeId> hosts(places.begin(), places.end());
  const bool scattered = group.vms_rule.positive && hosts.size() > 1;
  const bool crowded = !group.vms_rule.positive && hosts.size() < places.size();
  if (group.vms_rule.enabled && (scattered || crowded)) return true;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const NodeId& host) { return breaks_hosts_rule(group, host); });
}

void update_broken_groups(ClusterState& state) {
  for (AffinityGroup& group : state.affinity_groups) group.broken = is_broken(state, group);
}

std::vector<const AffinityGroup*> groups_of(const ClusterState& state, const VmId& vm) {
  std::vector<const AffinityGroup*> groups;
  for (const AffinityGroup& group : state.affinity_groups) {
    if (has_vm(group, vm)) groups.push_back(&group);
  }
  std::stable_sort(
      groups.begin(), groups.end(),
      [](const AffinityGroup* a, const AffinityGroup* b) { return a->priority > b->priority; });
  return groups;
}

std::vector<std::set<VmId>> unified_positive_groups(
    const std::vector<const AffinityGroup*>& groups) {
  std::vector<std::set<VmId>> unified;
  for (const AffinityGroup* group : groups) {
    if (!group->vms_rule.enabled || !group->vms_rule.positive || group->vms.empty()) continue;
    std::set<VmId> merged(group->vms.begin(), group->vms.end());
    const auto shares_a_vm = [&](const std::set<VmId>& other) {
      return std::any_of(other.begin(), other.end(),
                         [&](const VmId& vm) { return has_vm(*group, vm); });
    };
    for (const std::set<VmId>& other : unified) {
      if (shares_a_vm(other)) merged.insert(other.begin(), other.end());
    }
    std::erase_if(unified, shares_a_vm);
    unified.push_back(std::move(merged));
  }
  return unified;
}

std::vector<std::set<VmId>> enforced_together(const ClusterState& state) {
  std::vector<const AffinityGroup*> enforcing;
  for (const AffinityGroup& group : state.affinity_groups) {
    if (group.vms_rule.enforcing) enforcing.push_back(&group);
  }
  return unified_positive_groups(enforcing);
}

}  // namespace splitsite::reference
