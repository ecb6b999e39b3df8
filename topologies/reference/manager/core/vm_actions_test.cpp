// Stop, shutdown, reboot, and the end of a migration that a user wants no more (fact 7.4).
#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

const VmId vm1("vm-1");

struct Settled {
  Settled() { REQUIRE(lab.settle()); }
  const VmState& vm() const { return lab.vm("vm-1"); }
  bool sees(VmStatus status) {
    return lab.run_until(seconds(30), [&] { return vm().status == status; });
  }
  void migrate() {
    REQUIRE(lab.ask(MigrateVm{vm1}).ok());
    lab.run_for(seconds(2));
    REQUIRE(vm().status == VmStatus::Migrating);
  }

  SimulatedCluster lab{SimulatedCluster::stretch_lab(), {}};
};

TEST_CASE(
    "7.4 a reboot is warm: the same copy on the same host, with its lease (RebootVmCommand)") {
  Settled story;
  const NodeId home = *story.vm().run_on;
  const std::optional<Instant> started = story.vm().started;
  story.lab.after_each_event = [&] { REQUIRE(story.lab.copies(vm1) == 1); };
  REQUIRE(story.lab.ask(RebootVm{vm1}).ok());
  CHECK(story.vm().status == VmStatus::RebootInProgress);
  CHECK(story.lab.count_events(157) == 1);
  story.lab.run_for(seconds(4));
  CHECK(story.vm().status == VmStatus::RebootInProgress);  // by the host's own report
  CHECK(story.sees(VmStatus::Up));
  CHECK(story.vm().run_on == home);
  CHECK(story.vm().started == started);
  CHECK(story.lab.count_events(61) + story.lab.count_events(119) == 0);
}

TEST_CASE("7.4 only a VM that is Up or PoweringUp is rebooted (VM_STATUS_ILLEGAL)") {
  Settled story;
  REQUIRE(story.lab.ask(RebootVm{vm1}).ok());
  const CommandReply again = story.lab.ask(RebootVm{vm1});
  CHECK(again.status == 409);
  CHECK(again.detail == "[Cannot restart VM because the VM is in Reboot in Progress status.]");
  REQUIRE(story.lab.ask(StopVm{VmId("vm-5")}).ok());
  REQUIRE(story.lab.run_until(seconds(10),
                              [&] { return story.lab.vm("vm-5").status == VmStatus::Down; }));
  CHECK(story.lab.ask(RebootVm{VmId("vm-5")}).detail ==
        "[Cannot restart VM because the VM is in Down status.]");
  CHECK(story.lab.count_events(157) == 1);
}

TEST_CASE("7.4 a host that cannot reboot the VM is event 158, and its next report decides") {
  Settled story;
  story.lab.host(story.vm().run_on->str()).reachable = false;
  REQUIRE(story.lab.ask(RebootVm{vm1}).ok());
  CHECK(story.lab.run_until(seconds(10), [&] { return story.lab.count_events(158) == 1; }));
  story.lab.host(story.vm().run_on->str()).reachable = true;
  CHECK(story.sees(VmStatus::Up));
}

TEST_CASE("7.4 what is Down already is stopped or shut down by doing nothing (event 254)") {
  Settled story;
  const VmId vm5("vm-5");
  REQUIRE(story.lab.ask(StopVm{vm5, "drill"}).ok());
  REQUIRE(story.lab.run_until(seconds(10),
                              [&] { return story.lab.vm("vm-5").status == VmStatus::Down; }));
  const Step stopped = step(story.lab.manager(), Command(StopVm{vm5, "again"}), story.lab.now());
  CHECK(stopped.reply->ok());
  CHECK(stopped.calls.empty());
  CHECK(stopped.state.vms.at(vm5).stop_reason == "drill");
  CHECK_FALSE(stopped.state.vms.at(vm5).user_stop);
  CHECK(stopped.state.jobs.back().status == JobStatus::Finished);
  REQUIRE(stopped.events.size() == 1);
  CHECK(stopped.events.front().code == 254);
  CHECK(stopped.events.front().description ==
        "VM vm-5 is already Down, Stop VM was skipped. User: admin@internal.");
  const Step shut_down = step(stopped.state, Command(ShutdownVm{vm5}), story.lab.now());
  CHECK(shut_down.reply->ok());
  CHECK(shut_down.events.front().description ==
        "VM vm-5 is already Down, Shutdown VM was skipped. User: admin@internal.");
}

TEST_CASE("7.4 a stop of a VM that is Unknown is refused, and nobody is told to end it") {
  Settled story;
  ClusterState state = story.lab.manager();
  state.vms.at(vm1).status = VmStatus::Unknown;
  const Step asked = step(state, Command(StopVm{vm1}), story.lab.now());
  CHECK(asked.reply->status == 409);
  CHECK(asked.calls.empty());
  CHECK(asked.events.empty());
}

TEST_CASE("7.4 a shutdown asks the guest of a VM that is Up; any other is stopped instead") {
  Settled story;
  const auto ordered = [&](VmStatus status) {
    ClusterState state = story.lab.manager();
    state.vms.at(vm1).status = status;
    const Step asked = step(state, Command(ShutdownVm{vm1}), story.lab.now());
    REQUIRE(asked.reply->ok());
    REQUIRE(asked.calls.size() == 1);
    CHECK(asked.state.vms.at(vm1).user_stop);
    return asked.calls.front().request;
  };
  CHECK(std::holds_alternative<rpc::ShutdownVm>(ordered(VmStatus::Up)));
  CHECK(std::holds_alternative<rpc::ShutdownVm>(ordered(VmStatus::Migrating)));
  for (const VmStatus status : {VmStatus::Paused, VmStatus::PoweringUp, VmStatus::PoweringDown,
                                VmStatus::RebootInProgress, VmStatus::NotResponding}) {
    CHECK(std::holds_alternative<rpc::DestroyVm>(ordered(status)));
  }
}

TEST_CASE("7.4 a shutdown ends a VM that is paused, for good") {
  Settled story;
  story.lab.host(story.vm().run_on->str()).bad_disks.insert(vm1);
  REQUIRE(story.sees(VmStatus::Paused));
  REQUIRE(story.lab.ask(ShutdownVm{vm1}).ok());
  CHECK(story.sees(VmStatus::Down));
  story.lab.run_for(seconds(60));
  CHECK(story.vm().status == VmStatus::Down);
  CHECK(story.lab.count_events(9602) == 0);
}

TEST_CASE("7.4 a cancelled migration ends where it began, and no other host is tried") {
  Settled story;
  const NodeId home = *story.vm().run_on;
  story.migrate();
  REQUIRE(story.lab.ask(CancelMigration{vm1}).ok());
  CHECK(story.lab.events().back().code == 161);
  CHECK(story.sees(VmStatus::Up));
  story.lab.run_for(seconds(30));
  CHECK(story.vm().run_on == home);
  CHECK(story.lab.manager().migrations.empty());
  for (const int code : {63, 65, 120, 128, 162}) CHECK(story.lab.count_events(code) == 0);
  CHECK(story.lab.copies(vm1) == 1);
}

TEST_CASE("7.4 what does not migrate cannot be cancelled") {
  Settled story;
  const CommandReply refused = story.lab.ask(CancelMigration{vm1});
  CHECK(refused.status == 409);
  CHECK(refused.detail == "[Cannot cancel migration for non migrating VM.]");
}

TEST_CASE("7.4 a migration that could not be cancelled goes on as one nobody touched") {
  Settled story;
  story.migrate();
  Step asked = step(story.lab.manager(), Command(CancelMigration{vm1}), story.lab.now());
  REQUIRE(asked.calls.size() == 1);
  CHECK(asked.state.migrations.front().cancelled);
  const CallFinished refusal{asked.calls.front(), rpc::Reply(rpc::Error{.code = 47})};
  const Step answered = step(std::move(asked.state), refusal, story.lab.now());
  CHECK(answered.events.front().code == 162);
  CHECK_FALSE(answered.state.migrations.front().cancelled);
}

}  // namespace
}  // namespace splitsite::reference
