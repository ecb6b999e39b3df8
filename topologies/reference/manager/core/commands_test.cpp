#include "topologies/reference/manager/core/commands.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

TEST_CASE("What does not exist is 404") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  CHECK(lab.ask(StartVm{VmId("vm-9")}).status == 404);
  CHECK(lab.ask(ActivateHost{NodeId("host-c1")}).status == 404);
  CHECK(lab.ask(MigrateVm{VmId("vm-1"), NodeId("host-c1")}).status == 404);
}

TEST_CASE("No VM starts by itself when the Manager starts") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  lab.run_for(seconds(600));
  for (const auto& [name, vm] : lab.manager().vms) CHECK(vm.status == VmStatus::Down);
}

TEST_CASE("A user's start needs the data center up, a ready host and a VM that is Down") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  const CommandReply early = lab.ask(StartVm{VmId("vm-1")});
  CHECK(early.status == 409);
  CHECK(early.detail == "[Cannot run VM. The relevant Data Center is not active.]");
  REQUIRE(lab.settle());
  CHECK(lab.ask(StartVm{VmId("vm-1")}).detail == "[Cannot run VM. VM is up.]");
}

TEST_CASE("7.9 a user's refused start is event 54 with its reason, unless the VM is locked") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  const CommandContext me{.correlation_id = "drill-1", .user = "admin@internal-authz"};
  REQUIRE(lab.ask(StartVm{VmId("vm-1")}, me).status == 409);
  REQUIRE(lab.count_events(54) == 1);
  CHECK(lab.events().back().description ==
        "Failed to run VM vm-1 due to a failed validation: [Cannot run VM. The relevant Data "
        "Center is not active.] (User: admin@internal).");
  CHECK(lab.events().back().correlation_id == "drill-1");
  ClusterState state = lab.manager();
  state.vms.at(VmId("vm-1")).lease_task = LeaseTask{.call = 9999};
  const Step locked = step(state, Command(StartVm{VmId("vm-1")}), lab.now());
  CHECK(locked.reply->status == 409);
  CHECK(locked.events.empty());
}

TEST_CASE("7.9 a user's refused migration is event 65 with its reason") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.ask(MigrateVm{VmId("vm-4")}).status == 409);
  CHECK(lab.events().back().description ==
        "Migration failed due to a failed validation: [Cannot migrate VM. VM is not running.] "
        "(VM: vm-4, Source: <UNKNOWN>).");
  REQUIRE(lab.settle());
  const NodeId home = *lab.vm("vm-4").run_on;
  REQUIRE(lab.ask(MigrateVm{VmId("vm-4"), home}).status == 409);
  CHECK(lab.count_events(65) == 2);
  CHECK(lab.events().back().host == home);
}

TEST_CASE("A VM that starts cannot be started again") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.run_until(seconds(60),
                        [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
  CHECK(lab.ask(StartVm{VmId("vm-1")}).ok());
  CHECK(lab.vm("vm-1").status == VmStatus::WaitForLaunch);
  CHECK(lab.ask(StartVm{VmId("vm-1")}).status == 409);
}

TEST_CASE("A VM of a silent host cannot be started by hand either") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host(lab.vm("vm-5").run_on->str()).power_off();
  lab.run_for(seconds(200));
  REQUIRE(lab.vm("vm-5").status == VmStatus::Unknown);
  CHECK(lab.ask(StartVm{VmId("vm-5")}).status == 409);
}

TEST_CASE("A user migrates a VM to the host he names, or where the scheduler says") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(MigrateVm{VmId("vm-4"), NodeId("host-a1")}).ok());
  CHECK(lab.vm("vm-4").status == VmStatus::Migrating);
  CHECK(lab.ask(MigrateVm{VmId("vm-4")}).status == 409);
  REQUIRE(lab.run_until(seconds(30), [&] { return lab.vm("vm-4").status == VmStatus::Up; }));
  CHECK(lab.vm("vm-4").run_on == NodeId("host-a1"));
  lab.host("host-b1").power_off();
  lab.run_for(seconds(10));
  CHECK(lab.ask(MigrateVm{VmId("vm-4"), NodeId("host-b1")}).status == 409);
}

TEST_CASE("7.7 finished tasks are cleaned in a data center that is up (event 9031), else 409") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  const CommandReply early = lab.ask(CleanFinishedTasks{});
  CHECK(early.status == 409);
  CHECK(early.detail == "[Cannot Clear finished tasks. Unknown Data Center status.]");
  REQUIRE(lab.settle());
  CHECK(lab.ask(CleanFinishedTasks{}).ok());
  CHECK(lab.events().back().code == 9031);
  CHECK(lab.events().back().description ==
        "Successfully cleaned-up finished tasks in Data Center: Default.");
}

TEST_CASE("The SPM priority is -1 to 10") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  CHECK(lab.ask(SetSpmPriority{NodeId("host-a1"), 11}).status == 400);
  CHECK(lab.ask(SetSpmPriority{NodeId("host-a1"), -1}).ok());
  CHECK(lab.seen("host-a1").spm_priority == -1);
}

TEST_CASE("Events are numbered without gaps") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(AddEvent{.description = "run starts"}).ok());
  long expected = 0;
  for (const AuditEvent& event : lab.manager().events) CHECK(event.index == ++expected);
  CHECK(lab.manager().events.back().description == "run starts");
}

}  // namespace
}  // namespace splitsite::reference
