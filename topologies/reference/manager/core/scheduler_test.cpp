#include "topologies/reference/manager/core/scheduler.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"

namespace splitsite::reference {
namespace {

std::vector<NodeId> best_for(const ClusterState& state, const std::string& vm) {
  return schedule(state, state.vms.at(VmId(vm)), {}).best;
}

const VmId v1{"vm-1"}, v2{"vm-2"}, v3{"vm-3"}, v4{"vm-4"};

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

using Hosts = std::vector<NodeId>;

TEST_CASE("4.1 a negative rule to hosts: enforcing ones forbid, soft ones dislike") {
  ClusterState state = ready_cluster();
  state.affinity_groups = {to_hosts("off", {v1}, {a1, a2}, false, true)};
  CHECK(best_for(state, "vm-1") == Hosts{b1, b2});
  state.hosts.at(b1).status = state.hosts.at(b2).status = HostStatus::NonResponsive;
  CHECK(best_for(state, "vm-1").empty());
  state.affinity_groups[0].hosts_rule.enforcing = false;
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2});
}

TEST_CASE("4.1 of broken soft groups the highest priority decides, not their number") {
  ClusterState state = ready_cluster();
  state.hosts.at(a2).status = state.hosts.at(b2).status = HostStatus::Maintenance;
  state.affinity_groups = {to_hosts("low-1", {v1}, {a1}, true, false),
                           to_hosts("low-2", {v1}, {a1}, true, false),
                           to_hosts("high", {v1}, {b1}, true, false)};
  CHECK(best_for(state, "vm-1") == Hosts{a1});
  state.affinity_groups[2].priority = 2;
  CHECK(best_for(state, "vm-1") == Hosts{b1});
}

TEST_CASE("4.1 VMs that must keep apart do, and rather not at all than together") {
  ClusterState state = ready_cluster();
  state.affinity_groups = {between_vms("pair", {v1, v2}, false, true)};
  run_on(state, "vm-2", a1);
  CHECK(best_for(state, "vm-1") == Hosts{a2, b1, b2});
  for (const NodeId& host : {a2, b1, b2}) state.hosts.at(host).status = HostStatus::Maintenance;
  const Schedule found = schedule(state, vm_in(state, "vm-1"), {});
  CHECK(found.best.empty());
  CHECK(found.refusals.front() == "host-a1 (VmAffinityGroups)");
  state.affinity_groups[0].vms_rule.enforcing = false;
  CHECK(best_for(state, "vm-1") == Hosts{a1});
}

TEST_CASE("4.1 a start under way counts for those that keep apart from it") {
  ClusterState state = ready_cluster();
  state.affinity_groups = {between_vms("pair", {v1, v2}, false, true)};
  run_on(state, "vm-2", a1);
  vm_in(state, "vm-2").status = VmStatus::Unknown;
  vm_in(state, "vm-2").start = StartAttempt{.host = b1};
  vm_in(state, "vm-2").memory_mib = 0;
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2, b2});
}

TEST_CASE("4.1 VMs that must be together follow the one that runs, wherever it is") {
  ClusterState state = ready_cluster();
  state.affinity_groups = {between_vms("pair", {v1, v2}, true, true)};
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2, b1, b2});
  run_on(state, "vm-2", b2);
  CHECK(best_for(state, "vm-1") == Hosts{b2});
  state.hosts.at(b2).status = HostStatus::NonResponsive;  // as in oVirt: it waits for that host
  CHECK(best_for(state, "vm-1").empty());
}

TEST_CASE("4.1 a soft rule between VMs weighs one: it decides between equals, memory undoes it") {
  ClusterState state = ready_cluster();
  state.affinity_groups = {between_vms("pair", {v1, v2}, true, false)};
  for (auto& [name, vm] : state.vms) vm.memory_mib = 0;
  run_on(state, "vm-2", b2);
  CHECK(best_for(state, "vm-1") == Hosts{b2});
  state.affinity_groups[0].vms_rule.positive = false;
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2, b1});
  state.affinity_groups[0].vms_rule.positive = true;
  state.hosts.at(b2).cpu_load = 0.5;  // CPU weighs two
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2, b1});
}

TEST_CASE("4.1 VMs scheduled together need room for all of them, on one host") {
  ClusterState state = ready_cluster();
  state.affinity_groups = {between_vms("pair", {v1, v2}, true, true)};
  vm_in(state, "vm-1").memory_mib = vm_in(state, "vm-2").memory_mib = 600;
  const std::vector<const VmState*> pair = {&vm_in(state, "vm-1"), &vm_in(state, "vm-2")};
  CHECK(schedule_together(state, pair, {}).best.empty());
  state.hosts.at(b1).memory_free_mib = state.hosts.at(b1).memory_total_mib = 1200;
  CHECK(schedule_together(state, pair, {}).best == Hosts{b1});
  state.affinity_groups.push_back(between_vms("apart", {v1, v2}, false, true));
  CHECK(schedule_together(state, pair, {}).best.empty());
  CHECK(schedule_together(state, pair, {.ignore_vms_rules = true}).best == Hosts{b1});
}

TEST_CASE("4.1 a busy host, and the SPM, are chosen last among equals") {
  ClusterState state = ready_cluster();
  state.affinity_groups.clear();
  state.hosts.at(a1).cpu_load = 0.3;
  state.pool.spm = a2;
  CHECK(best_for(state, "vm-1") == Hosts{b1, b2});
  state.hosts.at(a1).cpus = 64;  // the same load is nothing there: 0.5 % and the VM's own 0.2 %
  CHECK(best_for(state, "vm-1") == Hosts{a1});
}

TEST_CASE("4.1 memory promised to VMs counts, though the host still calls it free") {
  ClusterState state = ready_cluster();
  state.hosts.at(a2).status = HostStatus::Maintenance;
  vm_in(state, "vm-2").memory_mib = 950;
  run_on(state, "vm-2", a1);
  CHECK(best_for(state, "vm-1") == Hosts{b1, b2});
  vm_in(state, "vm-2").memory_mib = 900;
  CHECK(best_for(state, "vm-1") == Hosts{a1});
}

TEST_CASE("4.1 preferred hosts count 99 at the start of a VM, and not at all for a migration") {
  ClusterState state = ready_cluster();
  vm_in(state, "vm-1").preferred_hosts = {b2};
  CHECK(best_for(state, "vm-1") == Hosts{b2});
  state.hosts.at(b2).status = HostStatus::Maintenance;
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2});
  state.hosts.at(b2).status = HostStatus::Up;
  run_on(state, "vm-1", b1);
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2});
}

TEST_CASE("4.1 a pinned VM runs on its hosts or not at all") {
  ClusterState state = ready_cluster();
  vm_in(state, "vm-1").migration_mode = MigrationMode::Pinned;
  CHECK(best_for(state, "vm-1") == Hosts{a1, a2});
  vm_in(state, "vm-1").preferred_hosts = {b1};
  CHECK(best_for(state, "vm-1") == Hosts{b1});
  state.hosts.at(b1).status = HostStatus::Maintenance;
  CHECK(best_for(state, "vm-1").empty());
}

}  // namespace
}  // namespace splitsite::reference
