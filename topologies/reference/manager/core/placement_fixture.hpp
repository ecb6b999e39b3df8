// Clusters for the tests of placement: the stretch lab at one moment, for single decisions.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {

inline const NodeId a1{"host-a1"}, a2{"host-a2"}, b1{"host-b1"}, b2{"host-b2"};

// All four hosts Up, joined and empty, nobody SPM, every VM Down.
inline ClusterState ready_cluster() {
  ClusterState state = initial_state(SimulatedCluster::stretch_lab(), {}, Instant{});
  for (auto& [name, host] : state.hosts) {
    host.status = HostStatus::Up;
    host.storage = {.connected = true, .lockspace_joined = true};
    host.memory_free_mib = host.memory_total_mib = 1000;
  }
  return state;
}

inline VmState& vm_in(ClusterState& state, const std::string& name) {
  return state.vms.at(VmId(name));
}

inline void run_on(ClusterState& state, const std::string& vm, const NodeId& host) {
  vm_in(state, vm).run_on = host;
  vm_in(state, vm).status = VmStatus::Up;
}

inline AffinityGroup between_vms(const std::string& name, std::vector<VmId> vms, bool positive,
                                 bool enforcing) {
  return {.name = name,
          .id = name,
          .hosts_rule = {},
          .vms_rule = {.enabled = true, .enforcing = enforcing, .positive = positive},
          .vms = std::move(vms),
          .hosts = {}};
}

inline AffinityGroup to_hosts(const std::string& name, std::vector<VmId> vms,
                              std::vector<NodeId> hosts, bool positive, bool enforcing) {
  return {.name = name,
          .id = name,
          .hosts_rule = {.enabled = true, .enforcing = enforcing, .positive = positive},
          .vms_rule = {},
          .vms = std::move(vms),
          .hosts = std::move(hosts)};
}

// Where a step sends VMs: "vm-1 to host-a2", in the order of the orders.
inline std::vector<std::string> migrations_of(const Step& step) {
  std::vector<std::string> moves;
  for (const Call& call : step.calls) {
    const auto* order = std::get_if<rpc::MigrateVm>(&call.request);
    if (order != nullptr) moves.push_back(order->vm.str() + " to " + order->destination);
  }
  return moves;
}

}  // namespace splitsite::reference
