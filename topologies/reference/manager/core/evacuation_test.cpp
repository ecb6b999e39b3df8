// Who leaves a host that goes into maintenance or NonOperational, and when (facts 3.3, 4.3).
#include "topologies/reference/manager/core/evacuation.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const VmId v1{"vm-1"}, v2{"vm-2"}, v3{"vm-3"}, v4{"vm-4"};
const Instant now{minutes(10)};

// vm-1 to vm-3 run on host-b1, nobody is SPM, no rule.
ClusterState crowded() {
  ClusterState state = ready_cluster();
  state.affinity_groups.clear();
  for (const char* vm : {"vm-1", "vm-2", "vm-3"}) run_on(state, vm, b1);
  return state;
}

Step deactivate_b1(const ClusterState& state) {
  return step(state, Command(DeactivateHost{b1, "test"}), now);
}

HostStatus status_of(const Step& step, const NodeId& host) {
  return step.state.hosts.at(host).status;
}

std::vector<VmId> moved(const std::vector<Call>& calls) {
  std::vector<VmId> vms;
  for (const Call& call : calls) {
    const auto* order = std::get_if<rpc::MigrateVm>(&call.request);
    if (order != nullptr) vms.push_back(order->vm);
  }
  return vms;
}
std::vector<VmId> moved(const Step& step) { return moved(step.calls); }

TEST_CASE("4.3 a host's VMs leave all at once, the highest priority first, and not to itself") {
  ClusterState state = crowded();
  vm_in(state, "vm-1").priority = 1;
  vm_in(state, "vm-2").priority = 100;
  vm_in(state, "vm-3").priority = 50;
  const Step result = deactivate_b1(state);
  CHECK(result.reply->ok());
  CHECK(moved(result) == std::vector<VmId>{v2, v3, v1});
  for (const std::string& move : migrations_of(result)) {
    CHECK(move.find("host-b1") == std::string::npos);
  }
}

TEST_CASE("4.3 no other host is Up: refused, nothing changed, and event 14001 says why") {
  ClusterState state = crowded();
  for (const NodeId& host : {a1, a2, b2}) {
    state.hosts.at(host).status = HostStatus::NonOperational;
  }
  const Step result = deactivate_b1(state);
  CHECK(result.reply->status == 409);
  CHECK(result.reply->detail.find("at least one Host in UP state") != std::string::npos);
  CHECK(status_of(result, b1) == HostStatus::Up);
  CHECK(result.calls.empty());
  REQUIRE(result.events.size() == 1);
  CHECK(result.events.front().code == 14001);
  CHECK("[" + result.events.front().description + "]" == result.reply->detail);
  for (auto& [name, vm] : state.vms) vm.run_on.reset();  // without VMs it may go
  CHECK(deactivate_b1(state).reply->ok());
}

TEST_CASE(
    "4.3 a pinned VM: refused, nothing changed; one that only users move goes with the user") {
  ClusterState state = crowded();
  vm_in(state, "vm-2").migration_mode = MigrationMode::Pinned;
  const Step refused = deactivate_b1(state);
  CHECK(refused.reply->status == 409);
  CHECK(refused.reply->detail.find("non-migratable VMs are: vm-2") != std::string::npos);
  CHECK(status_of(refused, b1) == HostStatus::Up);
  vm_in(state, "vm-2").migration_mode = MigrationMode::UserMigratable;
  CHECK(moved(deactivate_b1(state)).size() == 3);
}

TEST_CASE(
    "4.3 a host that contends for the SPM role stays; so does one that is silent and the SPM") {
  ClusterState state = crowded();
  state.pool.spm = b1;
  state.pool.status = DataCenterStatus::Contend;
  CHECK(deactivate_b1(state).reply->status == 409);
  state.pool.status = DataCenterStatus::Problematic;
  for (auto& [name, vm] : state.vms) vm.run_on.reset();
  state.hosts.at(b1).status = HostStatus::NonResponsive;
  CHECK(deactivate_b1(state).reply->status == 409);
  state.pool.spm.reset();
  const Step result = deactivate_b1(state);  // silent, empty, not the SPM: there at once
  CHECK(result.reply->ok());
  CHECK(status_of(result, b1) == HostStatus::Maintenance);
}

TEST_CASE("4.3 an SPM with asynchronous tasks stays: a lease that is being written") {
  ClusterState state = crowded();
  state.pool.spm = b1;
  state.pool.status = DataCenterStatus::Up;
  vm_in(state, "vm-4").lease_task = LeaseTask{.call = 9999};
  const Step refused = deactivate_b1(state);
  CHECK(refused.reply->status == 409);
  CHECK(refused.reply->detail.find("asynchronous running tasks") != std::string::npos);
  state.pool.spm = b2;  // the tasks of another host are none of its own
  CHECK(deactivate_b1(state).reply->ok());
}

TEST_CASE("4.3 the engine's host stays while no other host can run the engine") {
  ClusterState state = crowded();
  const VmId engine(hosted_engine_vm);
  state.vms[engine] = VmState{};
  state.vms[engine].name = engine;
  run_on(state, hosted_engine_vm, b1);
  state.hosts.at(b1).hosted_engine = HostedEngineInfo{.active = true, .score = 3400};
  CHECK(deactivate_b1(state).reply->status == 409);
  state.hosts.at(b2).hosted_engine = HostedEngineInfo{.active = true, .score = 0};
  CHECK(deactivate_b1(state).reply->status == 409);
  state.hosts.at(b2).hosted_engine->score = 3400;
  Step result = deactivate_b1(state);
  CHECK(result.reply->ok());
  CHECK(moved(result).empty());  // until its HA agent is in local maintenance
  result = step(std::move(result.state),
                CallFinished{result.calls.front(), rpc::Reply(rpc::Done{})}, now);
  const std::vector<std::string> moves = migrations_of(result);
  CHECK(moves.size() == 4);
  CHECK(std::count(moves.begin(), moves.end(), "HostedEngine to host-b2") == 1);
  state.hosts.at(b2).hosted_engine->local_maintenance = true;
  CHECK(deactivate_b1(state).reply->status == 409);
}

TEST_CASE("4.3 a host that starts cannot go into maintenance") {
  for (const auto status : {HostStatus::Connecting, HostStatus::Initializing, HostStatus::Reboot,
                            HostStatus::Unassigned, HostStatus::Maintenance}) {
    ClusterState state = crowded();
    state.hosts.at(b1).status = status;
    CHECK(deactivate_b1(state).reply->status == 409);
  }
}

TEST_CASE("4.3 activation is refused to a host that is Up or silent, and to no other") {
  ClusterState state = ready_cluster();
  for (const auto status : {HostStatus::Up, HostStatus::NonResponsive}) {
    state.hosts.at(b1).status = status;
    CHECK(step(state, Command(ActivateHost{b1}), now).reply->status == 409);
  }
  for (const auto status :
       {HostStatus::Maintenance, HostStatus::PreparingForMaintenance, HostStatus::NonOperational}) {
    state.hosts.at(b1).status = status;
    const Step result = step(state, Command(ActivateHost{b1}), now);
    CHECK(result.reply->ok());
    CHECK(status_of(result, b1) == HostStatus::Unassigned);
  }
}

TEST_CASE("4.3 nobody takes the VMs: 409, and the host prepares for maintenance all the same") {
  ClusterState state = crowded();
  state.affinity_groups = {to_hosts("here", {v1, v2, v3}, {b1}, true, true)};
  const Step result = deactivate_b1(state);
  CHECK(result.reply->status == 409);
  CHECK(result.reply->detail.find("VmToHostsAffinityGroups") != std::string::npos);
  CHECK(status_of(result, b1) == HostStatus::PreparingForMaintenance);
  CHECK(moved(result).empty());
  CHECK(result.events.back().code == 602);
}

TEST_CASE("4.3 the VMs that can leave do, and the answer says that not all could") {
  ClusterState state = crowded();
  vm_in(state, "vm-2").memory_mib = 5000;
  const Step result = deactivate_b1(state);
  CHECK(moved(result) == std::vector<VmId>{v1, v3});
  CHECK(result.reply->status == 400);
  CHECK(result.reply->detail.find("not all Vms have been migrated") != std::string::npos);
}

TEST_CASE("4.3 one VM that cannot be migrated keeps them all for now: paused by an I/O error") {
  ClusterState state = crowded();
  vm_in(state, "vm-3").status = VmStatus::Paused;
  vm_in(state, "vm-3").status_detail = "eio";
  const Step result = deactivate_b1(state);
  CHECK(moved(result).empty());
  CHECK(result.reply->status == 409);
  CHECK(status_of(result, b1) == HostStatus::PreparingForMaintenance);
}

TEST_CASE("4.3 VMs that must be together leave together; if nobody has room for both, apart") {
  ClusterState state = crowded();
  state.affinity_groups = {between_vms("pair", {v1, v3}, true, true)};
  const auto destinations = [&] {
    std::map<std::string, std::string> where;
    for (const std::string& move : migrations_of(deactivate_b1(state))) {
      where[move.substr(0, 4)] = move.substr(8);
    }
    return where;
  };
  auto where = destinations();
  REQUIRE(where.size() == 3);
  CHECK(where["vm-1"] == where["vm-3"]);
  vm_in(state, "vm-1").memory_mib = vm_in(state, "vm-3").memory_mib = 600;
  where = destinations();
  REQUIRE(where.size() == 3);
  CHECK(where["vm-1"] != where["vm-3"]);
}

TEST_CASE("4.3 VMs that must keep apart meet rather than hold up maintenance") {
  ClusterState state = crowded();
  state.affinity_groups = {between_vms("apart", {v1, v4}, false, true)};
  run_on(state, "vm-4", b2);
  for (const NodeId& host : {a1, a2}) state.hosts.at(host).status = HostStatus::Maintenance;
  CHECK(moved(deactivate_b1(state)).size() == 3);
}

TEST_CASE("4.3 what could not leave is tried again after 300 s, not earlier") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups[0].enforcing = true;
  for (NodeConfig& node : config.nodes) node.spm_priority = node.site == SiteId("b") ? 10 : 5;
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(DeactivateHost{a1, ""}).ok());
  REQUIRE(lab.run_until(minutes(2),
                        [&] { return lab.seen("host-a1").status == HostStatus::Maintenance; }));
  const Instant asked = lab.now();
  CHECK(lab.ask(DeactivateHost{a2, ""}).status == 409);
  REQUIRE(lab.ask(ActivateHost{a1}).ok());
  const int before = lab.count_events(67);
  REQUIRE(lab.run_until(minutes(10), [&] { return lab.count_events(67) > before; }));
  CHECK(lab.now() - asked >= seconds(300));
  CHECK(lab.now() - asked <= seconds(302));
  CHECK(lab.run_until(minutes(2),
                      [&] { return lab.seen("host-a2").status == HostStatus::Maintenance; }));
  CHECK(lab.count_events(119) == 0);
}

TEST_CASE("4.3 a retry does not move what only users move") {
  ClusterState state = crowded();
  state.hosts.at(b1).status = HostStatus::PreparingForMaintenance;
  state.hosts.at(b1).next_maintenance_try = now;
  state.next_enforcement = now + minutes(60);
  vm_in(state, "vm-2").migration_mode = MigrationMode::UserMigratable;
  const Step refused = step(state, Tick{}, now);
  CHECK(moved(refused).empty());
  CHECK(refused.state.hosts.at(b1).next_maintenance_try == now + seconds(300));
  vm_in(state, "vm-2").migration_mode = MigrationMode::Migratable;
  CHECK(moved(step(state, Tick{}, now)).size() == 3);
  CHECK(moved(step(state, Tick{}, now - seconds(1))).empty());
}

TEST_CASE("4.3 a failed migration out of maintenance is not tried on the next host (event 120)") {
  Step result = deactivate_b1(crowded());
  const Call order = result.calls.front();
  result = step(std::move(result.state),
                CallFinished{order, rpc::Reply(rpc::Error{.code = 12, .message = "no"})}, now);
  CHECK(result.events.front().code == 120);
  CHECK(moved(result).empty());
  CHECK(status_of(result, b1) == HostStatus::PreparingForMaintenance);
}

// The VMs that leave when the host's storage is gone.
std::vector<VmId> leave_by_error_handling(ClusterState state, OnHostError handling) {
  state.policy.on_error = handling;
  Change change(state, now);
  change.set_status(change.host(b1), HostStatus::NonOperational);
  evacuate_by_error_handling(change, change.host(b1));
  return moved(change.calls);
}

TEST_CASE("3.3 the cluster's error handling says who leaves a NonOperational host") {
  ClusterState state = crowded();
  vm_in(state, "vm-2").highly_available = false;
  CHECK(leave_by_error_handling(state, OnHostError::Migrate) == std::vector<VmId>{v1, v2, v3});
  CHECK(leave_by_error_handling(state, OnHostError::MigrateHighlyAvailable) ==
        std::vector<VmId>{v1, v3});
  CHECK(leave_by_error_handling(state, OnHostError::DoNotMigrate).empty());
}

TEST_CASE(
    "3.3 the engine's VM leaves a NonOperational host like any VM without high availability") {
  ClusterState state = crowded();
  const VmId engine(hosted_engine_vm);
  state.vms[engine] = VmState{};
  state.vms[engine].name = engine;
  run_on(state, hosted_engine_vm, b1);
  state.hosts.at(b2).hosted_engine = HostedEngineInfo{.active = true, .score = 3400};
  CHECK(leave_by_error_handling(state, OnHostError::Migrate).size() == 4);
  CHECK(leave_by_error_handling(state, OnHostError::MigrateHighlyAvailable) ==
        std::vector<VmId>{v1, v2, v3});
}

TEST_CASE("3.3 one VM that cannot leave a NonOperational host keeps the others there, too") {
  ClusterState state = crowded();
  vm_in(state, "vm-2").highly_available = false;
  vm_in(state, "vm-2").migration_mode = MigrationMode::Pinned;
  CHECK(leave_by_error_handling(state, OnHostError::Migrate).empty());
  CHECK(leave_by_error_handling(state, OnHostError::MigrateHighlyAvailable).size() == 2);
}

}  // namespace
}  // namespace splitsite::reference
