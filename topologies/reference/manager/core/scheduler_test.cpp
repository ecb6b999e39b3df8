#include "topologies/reference/manager/core/scheduler.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

// All four hosts Up, joined and empty.
ClusterState ready_cluster() {
  ClusterState state = initial_state(SimulatedCluster::stretch_lab(), {}, Instant{});
  for (auto& [name, host] : state.hosts) {
    host.status = HostStatus::Up;
    host.storage = {.connected = true, .lockspace_joined = true};
    host.memory_free_mib = 1000;
  }
  return state;
}

std::vector<NodeId> best_for(const ClusterState& state, const std::string& vm) {
  return schedule(state, state.vms.at(VmId(vm)), {}).best;
}

const NodeId a1{"host-a1"}, a2{"host-a2"}, b1{"host-b1"}, b2{"host-b2"};

TEST_CASE("4.1 soft affinity to the primary site decides, equal hosts tie") {
  CHECK(best_for(ready_cluster(), "vm-1") == std::vector<NodeId>{a1, a2});
  CHECK(best_for(ready_cluster(), "vm-4") == std::vector<NodeId>{b1, b2});
}

TEST_CASE("4.1 among equals the emptier host wins") {
  ClusterState state = ready_cluster();
  state.vms.at(VmId("vm-2")).run_on = a1;
  state.vms.at(VmId("vm-2")).status = VmStatus::Up;
  CHECK(best_for(state, "vm-1") == std::vector<NodeId>{a2});
}

TEST_CASE("4.1 a start under way counts as a VM") {
  ClusterState state = ready_cluster();
  state.vms.at(VmId("vm-2")).start = StartAttempt{.host = a1};
  CHECK(best_for(state, "vm-1") == std::vector<NodeId>{a2});
}

TEST_CASE("2.2 a VM with a lease needs a host that has joined the lockspace") {
  ClusterState state = ready_cluster();
  state.hosts.at(a1).storage.lockspace_joined = false;
  CHECK(best_for(state, "vm-1") == std::vector<NodeId>{a2});
  state.hosts.at(a2).storage.lockspace_joined = false;
  CHECK(best_for(state, "vm-1") == std::vector<NodeId>{b1, b2});
  CHECK(best_for(state, "vm-5") == std::vector<NodeId>{a1, a2});  // no lease to acquire
}

TEST_CASE("2.2 with no host left every refusal is named") {
  ClusterState state = ready_cluster();
  state.hosts.at(a1).storage.lockspace_joined = false;
  state.hosts.at(a2).status = HostStatus::NonResponsive;
  state.hosts.at(b1).memory_free_mib = 0;
  state.vms.at(VmId("vm-1")).memory_mib = 96;
  const Schedule found = schedule(state, state.vms.at(VmId("vm-1")), {b2});
  CHECK(found.best.empty());
  CHECK(found.refusals == std::vector<std::string>{"host-a1 (VmLeasesReady)", "host-a2 (Status)",
                                                   "host-b1 (Memory)"});
}

TEST_CASE("4.1 an enforcing rule is a filter: rather not at all than elsewhere") {
  ClusterState state = ready_cluster();
  state.affinity_groups[0].hosts_rule.enforcing = true;
  state.hosts.at(a1).status = HostStatus::NonResponsive;
  state.hosts.at(a2).status = HostStatus::NonResponsive;
  CHECK(best_for(state, "vm-1").empty());
  CHECK(best_for(state, "vm-4") == std::vector<NodeId>{b1, b2});
}

TEST_CASE("4.1 twenty times the rank outweighs load, as long as few hosts differ") {
  ClusterState state = ready_cluster();
  for (const char* name : {"vm-2", "vm-3", "vm-5", "vm-6"}) {
    state.vms.at(VmId(name)).run_on = a1;
    state.vms.at(VmId(name)).status = VmStatus::Up;
  }
  state.hosts.at(a2).status = HostStatus::Maintenance;
  state.hosts.at(a1).memory_free_mib = 200;
  CHECK(best_for(state, "vm-1") == std::vector<NodeId>{a1});
}

}  // namespace
}  // namespace splitsite::reference
