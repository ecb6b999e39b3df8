#include "topologies/reference/manager/core/initial_state.hpp"

#include "topologies/reference/manager/core/vm_edit.hpp"

namespace splitsite::reference {
namespace {

HostState host_of(const NodeConfig& node, Instant now) {
  HostState host;
  host.name = node.name;
  host.site = node.site;
  host.address = node.site_address();
  host.host_id = node.host_id;
  host.cpus = node.vcpus;
  host.spm_priority = node.spm_priority;
  host.power_management = node.power_management;
  host.status_since = now;
  return host;
}

VmState vm_of(const VmConfig& config) {
  VmState vm;
  vm.name = config.name;
  vm.home = config.home;
  vm.highly_available = config.highly_available;
  vm.lease = config.lease;
  vm.priority = config.priority;
  vm.memory_mib = config.memory_mib;
  vm.migration_mode = config.migration;
  vm.resume_behaviour = config.storage_error_resume_behaviour;
  vm.resume_behaviour = effective_resume_behaviour(vm);
  return vm;
}

// As oVirt's setup makes it: neither an HA VM nor one with a lease (fact 2.4). The lease that keeps
// it single is one that the HA agents ask for, and no business of the Manager's.
VmState engine_of(const HostedEngineConfig& config) {
  VmState vm;
  vm.name = config.vm.name;
  vm.home = config.vm.home;
  vm.memory_mib = config.vm.memory_mib;
  return vm;
}

AffinityGroup group_of(const AffinityGroupConfig& config) {
  const bool to_hosts = !config.hosts.empty();
  return {.name = config.name,
          .id = config.name,
          .hosts_rule = {.enabled = to_hosts,
                         .enforcing = to_hosts && config.enforcing,
                         .positive = to_hosts && config.positive},
          .vms_rule = {.enabled = config.vms_rule != VmsRule::None,
                       .enforcing = config.vms_enforcing,
                       .positive = config.vms_rule == VmsRule::Positive},
          .priority = config.priority,
          .vms = config.vms,
          .hosts = config.hosts};
}

}  // namespace

ClusterState initial_state(const LabConfig& lab, const ManagerOptions& options, Instant now) {
  ClusterState state;
  state.storage_domain = lab.storage.domain;
  state.timing = lab.timing;
  state.dead_spm = lab.dead_spm;
  state.policy.on_error = lab.on_error;
  state.unsafe_start_without_lease = options.unsafe_start_without_lease;
  for (const NodeConfig& node : lab.nodes) {
    if (node.role != NodeRole::Host) continue;
    HostState host = host_of(node, now);
    host.fencing.controller = lab.power.address_in(node.site);
    state.hosts.emplace(node.name, std::move(host));
  }
  for (const VmConfig& vm : lab.vms) state.vms.emplace(vm.name, vm_of(vm));
  if (lab.hosted_engine) {
    state.vms.emplace(lab.hosted_engine->vm.name, engine_of(*lab.hosted_engine));
  }
  for (const AffinityGroupConfig& group : lab.affinity_groups) {
    state.affinity_groups.push_back(group_of(group));
  }
  state.policy.fencing = {
      .enabled = lab.fencing_policy.enabled,
      .skip_if_sd_active = lab.fencing_policy.skip_if_sd_active,
      .skip_if_connectivity_broken = lab.fencing_policy.skip_if_connectivity_broken,
      .connectivity_threshold = lab.fencing_policy.connectivity_threshold};
  state.fence_agent = {.agent = "splitsite",
                       .username = lab.power.username,
                       .password = lab.power.password,
                       .port = lab.power.port};
  state.started = now;
  state.next_ha_run = now;
  state.next_auto_recovery = now + lab.timing.auto_recovery_interval;
  state.pool.next_refresh = now + lab.timing.storage_pool_refresh_time;
  state.random = options.seed;
  return state;
}

}  // namespace splitsite::reference
