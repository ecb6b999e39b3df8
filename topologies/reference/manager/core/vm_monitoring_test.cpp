#include "topologies/reference/manager/core/vm_monitoring.hpp"

#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

TEST_CASE("2.2 a create without an answer leaves the VM Unknown, and the host's report decides") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(StopVm{VmId("vm-5")}).ok());
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-5").status == VmStatus::Down; }));
  lab.lose_next_answer("host-a1");
  lab.lose_next_answer("host-a2");
  REQUIRE(lab.ask(StartVm{VmId("vm-5")}).ok());
  REQUIRE(lab.run_until(seconds(2), [&] { return lab.vm("vm-5").status == VmStatus::Unknown; }));
  CHECK(lab.run_until(seconds(20), [&] { return lab.vm("vm-5").status == VmStatus::Up; }));
  CHECK(lab.copies(VmId("vm-5")) == 1);
}

TEST_CASE("2.2 a create that never arrived ends as Down once the host says so") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(StopVm{VmId("vm-4")}).ok());
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-4").status == VmStatus::Down; }));
  REQUIRE(lab.ask(StartVm{VmId("vm-4")}).ok());
  const std::string target = lab.vm("vm-4").run_on->str();
  lab.host(target).reachable = false;  // cut while the order is on its way
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-4").status == VmStatus::Unknown; }));
  lab.host(target).reachable = true;
  // It is an HA VM, so the runner starts it again.
  CHECK(lab.run_until(seconds(60), [&] { return lab.vm("vm-4").status == VmStatus::Up; }));
  CHECK(lab.copies(VmId("vm-4")) == 1);
}

TEST_CASE("7.4 the reason of a stop is the user's, and is forgotten with the next start") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const auto stopped = [&](const Command& command) {
    REQUIRE(lab.ask(command).ok());
    REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-5").status == VmStatus::Down; }));
    return lab.vm("vm-5").stop_reason;
  };
  CHECK(stopped(StopVm{VmId("vm-5"), "drill"}) == "drill");
  REQUIRE(lab.ask(StartVm{VmId("vm-5")}).ok());
  CHECK(lab.vm("vm-5").stop_reason.empty());
  REQUIRE(lab.run_until(seconds(60), [&] { return lab.vm("vm-5").status == VmStatus::Up; }));
  CHECK(stopped(ShutdownVm{VmId("vm-5"), "over"}) == "over");
  REQUIRE(lab.ask(StartVm{VmId("vm-5")}).ok());
  REQUIRE(lab.run_until(seconds(60), [&] { return lab.vm("vm-5").status == VmStatus::Up; }));
  CHECK(stopped(StopVm{VmId("vm-5")}).empty());
}

TEST_CASE("7.4 a VM that ended by itself has no reason of a stop") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host(lab.vm("vm-5").run_on->str()).kill_vm(VmId("vm-5"), lab.now());
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-5").status == VmStatus::Down; }));
  CHECK(lab.vm("vm-5").stop_reason.empty());
}

TEST_CASE("A report asked for before an order says nothing about it") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(StopVm{VmId("vm-5")}).ok());
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-5").status == VmStatus::Down; }));
  const Instant before = lab.now();
  lab.run_for(seconds(1));
  REQUIRE(lab.ask(StartVm{VmId("vm-5")}).ok());
  lab.run_for(std::chrono::milliseconds(100));  // VM.create has answered
  const NodeId target = *lab.vm("vm-5").run_on;
  PollAnswered old{.host = target, .asked = before};
  old.stats.boot_id = lab.seen(target.str()).boot_id;
  const Step stale = step(lab.manager(), old, lab.now());
  CHECK(stale.state.vms.at(VmId("vm-5")).start);
  PollAnswered former = old;  // it still shows the copy that was stopped
  former.stats.vms = {{.vm = VmId("vm-5"), .status = rpc::VmPhase::Up}};
  CHECK(step(lab.manager(), former, lab.now()).state.vms.at(VmId("vm-5")).start);
  PollAnswered fresh = old;
  fresh.asked = lab.now();
  const Step current = step(lab.manager(), fresh, lab.now());
  CHECK(current.state.vms.at(VmId("vm-5")).start->tried.count(target) == 1);
}

TEST_CASE("2.3 a report that may be older than a shutdown does not say that it failed") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const VmId vm("vm-5");
  const NodeId home = *lab.vm("vm-5").run_on;
  PollAnswered up{.host = home, .asked = lab.now()};
  up.stats = std::get<rpc::HostStats>(lab.host(home.str()).handle(rpc::GetStats{}, lab.now()));
  Step ordered = step(lab.manager(), UserCommand(ShutdownVm{vm}), lab.now());
  REQUIRE(ordered.calls.size() == 1);
  up.asked = lab.now() + std::chrono::milliseconds(10);  // the order is on its way
  const Step early = step(ordered.state, up, lab.now() + std::chrono::milliseconds(20));
  CHECK(early.state.vms.at(vm).status == VmStatus::PoweringDown);
  const CallFinished done{ordered.calls.front(), rpc::Reply(rpc::Done{})};
  const Instant answered = lab.now() + std::chrono::milliseconds(30);
  const Step taken = step(early.state, done, answered);
  const Step late = step(taken.state, up, lab.now() + std::chrono::milliseconds(40));
  CHECK(late.state.vms.at(vm).status == VmStatus::PoweringDown);
  CHECK(late.state.vms.at(vm).user_stop);
  up.asked = answered + seconds(1);
  const Step fresh = step(late.state, up, up.asked);
  CHECK(fresh.state.vms.at(vm).status == VmStatus::Up);
  CHECK_FALSE(fresh.state.vms.at(vm).user_stop);
  REQUIRE(fresh.events.size() == 1);
  CHECK(fresh.events.front().code == 147);
}

TEST_CASE("A Manager that has just started takes over the VMs it finds running") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  ClusterState fresh = initial_state(SimulatedCluster::stretch_lab(), {}, lab.now());
  const NodeId home = *lab.vm("vm-1").run_on;
  PollAnswered poll{.host = home, .asked = lab.now()};
  poll.stats = std::get<rpc::HostStats>(lab.host(home.str()).handle(rpc::GetStats{}, lab.now()));
  fresh = step(std::move(fresh), poll, lab.now()).state;
  CHECK(fresh.vms.at(VmId("vm-1")).status == VmStatus::Up);
  CHECK(fresh.vms.at(VmId("vm-1")).run_on == home);
}

// The source's reports while vm-1 moves to host-b1.
struct Moving {
  Moving() {
    REQUIRE(lab.settle());
    source = *lab.vm("vm-1").run_on;
    REQUIRE(lab.ask(MigrateVm{vm, NodeId("host-b1")}).ok());
    lab.run_for(seconds(3));
    REQUIRE(lab.vm("vm-1").status == VmStatus::Migrating);
  }
  PollAnswered source_says(int exit_code, rpc::ExitReason reason, const std::string& why) {
    PollAnswered poll{.host = source, .asked = lab.now()};
    poll.stats =
        std::get<rpc::HostStats>(lab.host(source.str()).handle(rpc::GetStats{}, lab.now()));
    for (rpc::VmReport& report : poll.stats.vms) {
      if (report.vm != vm) continue;
      report.status = rpc::VmPhase::Down;
      report.exit_code = exit_code;
      report.exit_reason = static_cast<int>(reason);
      report.exit_message = why;
    }
    return poll;
  }

  const VmId vm{"vm-1"};
  SimulatedCluster lab{SimulatedCluster::stretch_lab(), {}};
  NodeId source;
};

TEST_CASE("4.2 a VM that dies while it migrates is destroyed at its destination, 64 and no 119") {
  Moving story;
  const PollAnswered died =
      story.source_says(1, rpc::ExitReason::LostQemuConnection, "Lost connection with qemu");
  const Step aborted = step(story.lab.manager(), died, story.lab.now());
  const bool destroyed =
      std::any_of(aborted.calls.begin(), aborted.calls.end(), [&](const Call& call) {
        return call.host == NodeId("host-b1") &&
               std::holds_alternative<rpc::DestroyVm>(call.request);
      });
  CHECK(destroyed);
  REQUIRE(aborted.events.size() == 2);
  CHECK(aborted.events.front().code == 64);
  CHECK(aborted.events.front().description ==
        "Migration failed: Lost connection with qemu (VM: vm-1, Source: " + story.source.str() +
            ").");
  CHECK(aborted.events.back().code == 9602);
  CHECK(aborted.state.migrations.empty());
  CHECK(aborted.state.vms.at(story.vm).status == VmStatus::Down);
}

TEST_CASE("4.2 an HA VM that dies while it migrates is restarted, and runs once") {
  Moving story;
  SimulatedCluster& lab = story.lab;
  lab.after_each_event = [&] { REQUIRE(lab.copies(story.vm) <= 1); };
  lab.host(story.source.str()).kill_vm(story.vm, lab.now());
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.count_events(64) == 1; }));
  CHECK(lab.count_events(119) == 0);
  CHECK(lab.run_until(seconds(60), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
  CHECK(lab.copies(story.vm) == 1);
}

TEST_CASE("4.2 a guest that shuts down while it migrates is aborted, too, and stays down") {
  Moving story;
  const PollAnswered over =
      story.source_says(0, rpc::ExitReason::UserShutdown, "User shut down from within the guest");
  const Step aborted = step(story.lab.manager(), over, story.lab.now());
  REQUIRE(aborted.events.size() == 1);
  CHECK(aborted.events.front().code == 64);
  CHECK_FALSE(aborted.state.vms.at(story.vm).ha_restart);
}

// Host-b1 has just been given up, and its next failure is the one that restarts VMs with a lease.
TEST_CASE("2.2 a VM handed over to a NonResponsive host is Unknown, and restarted by its lease") {
  Moving story;
  ClusterState state = story.lab.manager();
  HostState& target = state.hosts.at(NodeId("host-b1"));
  target.status = HostStatus::NonResponsive;
  target.failed_attempts = 10;
  target.last_contact = story.lab.now() - std::chrono::minutes(5);
  target.exceptions_until_lease_restart = 1;
  const PollAnswered left =
      story.source_says(0, rpc::ExitReason::MigrationSucceeded, "Migration succeeded");
  const Step handed = step(std::move(state), left, story.lab.now());
  const VmState& vm = handed.state.vms.at(story.vm);
  CHECK(vm.status == VmStatus::Unknown);
  CHECK(vm.run_on == NodeId("host-b1"));
  CHECK(handed.state.migrations.empty());  // or affinity enforcement would wait for its end
  CHECK(handed.events.empty());
  SECTION("its host stays silent") {
    const PollFailed silence{.host = NodeId("host-b1"), .why = "silence"};
    const Step lost = step(handed.state, silence, story.lab.now() + seconds(3));
    CHECK(lost.state.vms.at(story.vm).start);
  }
  SECTION("its host comes back and says that it still arrives, and then that it runs") {
    PollAnswered back{.host = NodeId("host-b1"), .asked = story.lab.now() + seconds(3)};
    back.stats = std::get<rpc::HostStats>(
        story.lab.host("host-b1").handle(rpc::GetStats{}, story.lab.now()));
    REQUIRE(back.stats.vms.front().vm == story.vm);
    REQUIRE(back.stats.vms.front().status == rpc::VmPhase::MigrationDestination);
    const Step arriving = step(handed.state, back, back.asked);
    CHECK(arriving.state.vms.at(story.vm).status == VmStatus::Unknown);
    back.stats.vms.front().status = rpc::VmPhase::Up;
    const Step arrived = step(arriving.state, back, back.asked + seconds(3));
    CHECK(arrived.state.vms.at(story.vm).status == VmStatus::Up);
  }
}

TEST_CASE("2.2 a VM handed over to a host that is not given up is Migrating until it says more") {
  Moving story;
  const PollAnswered left =
      story.source_says(0, rpc::ExitReason::MigrationSucceeded, "Migration succeeded");
  const Step handed = step(story.lab.manager(), left, story.lab.now());
  CHECK(handed.state.vms.at(story.vm).status == VmStatus::Migrating);
  CHECK(handed.state.migrations.size() == 1);
}

TEST_CASE("A migration whose destination dies leaves the VM running at its source") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const NodeId source = *lab.vm("vm-1").run_on;
  REQUIRE(lab.ask(MigrateVm{VmId("vm-1"), NodeId("host-b1")}).ok());
  lab.run_for(seconds(3));
  lab.host("host-b1").power_off();
  REQUIRE(lab.run_until(seconds(30), [&] { return lab.count_events(120) == 1; }));
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
  CHECK(lab.vm("vm-1").run_on == source);
}

TEST_CASE("A migration whose source dies ends in one copy, by the lease") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const NodeId source = *lab.vm("vm-1").run_on;
  lab.after_each_event = [&] { REQUIRE(lab.copies(VmId("vm-1")) <= 1); };
  REQUIRE(lab.ask(MigrateVm{VmId("vm-1"), NodeId("host-b1")}).ok());
  lab.run_for(seconds(3));
  lab.host(source.str()).power_off();
  CHECK(lab.run_until(std::chrono::minutes(10), [&] {
    return lab.vm("vm-1").status == VmStatus::Up && lab.copies(VmId("vm-1")) == 1;
  }));
  CHECK(lab.manager().migrations.empty());
}

}  // namespace
}  // namespace splitsite::reference
