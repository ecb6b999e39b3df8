#include "topologies/reference/manager/core/scheduler.hpp"

#include <algorithm>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/scheduler_load.hpp"
#include "topologies/reference/manager/core/scheduler_weights.hpp"

namespace splitsite::reference {
namespace {

using Vms = std::vector<const VmState*>;

template <class Predicate>
bool any_vm(const Vms& vms, const Predicate& holds) {
  return std::any_of(vms.begin(), vms.end(), [&](const VmState* vm) { return holds(*vm); });
}

bool fits(const ClusterState& state, const Vms& vms, const HostState& host) {
  std::int64_t needed = 0;
  for (const VmState* vm : vms) needed += vm->run_on == host.name ? 0 : vm->memory_mib;
  if (needed == 0) return true;
  return needed <= free_memory(state, host) && needed <= unpromised_memory(state, host);
}

bool breaks_enforcing_hosts_rule(const ClusterState& state, const VmState& vm, const NodeId& host) {
  const auto groups = groups_of(state, vm.name);
  return std::any_of(groups.begin(), groups.end(), [&](const AffinityGroup* group) {
    return group->hosts_rule.enforcing && breaks_hosts_rule(*group, host);
  });
}

bool is_pinned_elsewhere(const VmState& vm, const NodeId& host) {
  if (vm.migration_mode != MigrationMode::Pinned || vm.run_on == host) return false;
  const auto& allowed = vm.preferred_hosts;
  if (allowed.empty()) return vm.run_on.has_value();
  return std::find(allowed.begin(), allowed.end(), host) == allowed.end();
}

// What enforcing rules between VMs leave over (ovirt-engine VmAffinityFilterPolicyUnit).
struct VmsRulesFilter {
  std::set<NodeId> wanted;     // where companions run; empty: no companion runs anywhere
  std::set<NodeId> forbidden;  // where VMs run that must be kept away
  bool contradiction = false;  // VMs that must be together are told to keep apart

  bool refuses(const NodeId& host) const {
    if (contradiction || forbidden.count(host) != 0) return true;
    return !wanted.empty() && wanted.count(host) == 0;
  }
};

void apply_rule(const ClusterState& state, const AffinityGroup& group, const Vms& vms,
                VmsRulesFilter& filter) {
  int own = 0;
  for (const VmId& name : group.vms) {
    if (any_vm(vms, [&](const VmState& vm) { return vm.name == name; })) {
      ++own;
      continue;
    }
    const auto other = state.vms.find(name);
    if (other == state.vms.end()) continue;
    const auto place = place_of(state, other->second);
    if (place) (group.vms_rule.positive ? filter.wanted : filter.forbidden).insert(*place);
  }
  if (!group.vms_rule.positive && own > 1) filter.contradiction = true;
}

VmsRulesFilter vms_rules_filter(const ClusterState& state, const Vms& vms) {
  VmsRulesFilter filter;
  for (const AffinityGroup& group : state.affinity_groups) {
    const bool enforcing = group.vms_rule.enabled && group.vms_rule.enforcing;
    const bool concerns =
        enforcing && any_vm(vms, [&](const VmState& vm) { return has_vm(group, vm.name); });
    if (concerns) apply_rule(state, group, vms, filter);
  }
  return filter;
}

// The name of the first filter that refuses the host; empty when it passes.
std::string refused_by(const ClusterState& state, const Vms& vms, const HostState& host) {
  if (host.status != HostStatus::Up) return "Status";
  // Fact 2.2: the target must have acquired the lease domain's lockspace.
  if (!host.storage.lockspace_joined && any_vm(vms, [](const VmState& vm) { return vm.lease; })) {
    return "VmLeasesReady";
  }
  if (any_vm(vms, [&](const VmState& vm) {
        return is_engine_vm(vm) && !may_run_engine(state, vm, host);
      })) {
    return "HA";
  }
  if (any_vm(vms, [&](const VmState& vm) { return is_pinned_elsewhere(vm, host.name); })) {
    return "PinToHost";
  }
  if (!fits(state, vms, host)) return "Memory";
  if (any_vm(vms, [&](const VmState& vm) {
        return breaks_enforcing_hosts_rule(state, vm, host.name);
      })) {
    return "VmToHostsAffinityGroups";
  }
  return {};
}

}  // namespace

Schedule schedule_together(const ClusterState& state, const Vms& vms, const ScheduleWish& wish) {
  const VmsRulesFilter rules =
      wish.ignore_vms_rules ? VmsRulesFilter() : vms_rules_filter(state, vms);
  Schedule result;
  std::vector<const HostState*> passed;
  for (const auto& [name, host] : state.hosts) {
    if (wish.excluded.count(name) != 0) continue;
    std::string filter = refused_by(state, vms, host);
    if (filter.empty() && rules.refuses(name)) filter = "VmAffinityGroups";
    if (filter.empty()) passed.push_back(&host);
    if (!filter.empty()) result.refusals.push_back(name.str() + " (" + filter + ")");
  }
  if (!passed.empty()) result.best = best_of(state, vms, passed);
  return result;
}

Schedule schedule(const ClusterState& state, const VmState& vm, const std::set<NodeId>& excluded) {
  return schedule_together(state, {&vm}, {.excluded = excluded});
}

}  // namespace splitsite::reference
