#include "topologies/reference/manager/core/affinity_enforcement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"

namespace splitsite::reference {
namespace {

bool misplaced(const ClusterState& state, const AffinityGroup& group, const VmId& name) {
  const auto vm = state.vms.find(name);
  if (vm == state.vms.end() || vm->second.status == VmStatus::Down || !vm->second.run_on) {
    return false;
  }
  const bool listed =
      std::find(group.hosts.begin(), group.hosts.end(), *vm->second.run_on) != group.hosts.end();
  return listed != group.hosts_rule.positive;
}

// Hosts where the VM would break fewer soft rules than where it is, as the scheduler ranks them.
std::vector<NodeId> better_hosts(const ClusterState& state, const VmState& vm) {
  const int now = soft_conflicts(state, vm.name, *vm.run_on);
  if (now == 0) return {};
  Schedule found = schedule(state, vm, {*vm.run_on});
  std::erase_if(found.best,
                [&](const NodeId& host) { return soft_conflicts(state, vm.name, host) >= now; });
  return found.best;
}

}  // namespace

void update_broken_groups(ClusterState& state) {
  for (AffinityGroup& group : state.affinity_groups) {
    group.broken = std::any_of(group.vms.begin(), group.vms.end(),
                               [&](const VmId& vm) { return misplaced(state, group, vm); });
  }
}

void enforce_affinity(Change& change) {
  ClusterState& state = change.state;
  if (change.now < state.next_enforcement) return;
  state.next_enforcement = change.now + state.timing.affinity_rules_enforcement_interval;
  if (!state.migrations.empty()) return;
  for (auto& [name, vm] : state.vms) {
    if (vm.status != VmStatus::Up || !vm.run_on || !is_up(state, *vm.run_on)) continue;
    const std::vector<NodeId> hosts = better_hosts(state, vm);
    if (hosts.empty()) continue;
    return begin_migration(change, vm, hosts[change.draw(hosts.size())], "affinity enforcement");
  }
}

}  // namespace splitsite::reference
