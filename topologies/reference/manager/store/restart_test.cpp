// What a Manager makes of its database when it starts again, rule by rule, in a simulated cluster
// whose Manager is killed by hand.
#include <algorithm>
#include <utility>

#include "topologies/reference/manager/store/testing_disk.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A settled cluster whose Manager can be killed and restored by hand.
struct Settled {
  explicit Settled(DeadSpm dead_spm = DeadSpm::Moves)
      : disk("settled"), cluster(with(dead_spm), {.seed = 7}) {
    disk.open(cluster.lab());
    cluster.run_manager_as({.commit =
                                [this](const ClusterState& state) {
                                  REQUIRE(disk.store().save(state, time_at(cluster.now())));
                                  return !std::exchange(dies_after_next_commit, false);
                                },
                            .restart = [this] { return restarted(disk, cluster); },
                            .down_for = seconds(5)});
    REQUIRE(cluster.settle());
  }
  static LabConfig with(DeadSpm dead_spm) {
    LabConfig lab = SimulatedCluster::stretch_lab();
    lab.dead_spm = dead_spm;
    return lab;
  }

  // Dead for five seconds; returns at the moment the next one has begun.
  void restart() {
    if (cluster.manager_runs()) cluster.kill_manager();
    REQUIRE(cluster.run_until(seconds(10), [&] { return cluster.manager_runs(); }));
  }

  Disk disk;
  bool dies_after_next_commit = false;
  SimulatedCluster cluster;
};

TEST_CASE("3.1 after a restart Up hosts are Up, and those given up are Unassigned first") {
  Settled lab;
  lab.cluster.host("host-b1").power_off();
  REQUIRE(lab.cluster.run_until(
      minutes(3), [&] { return lab.cluster.seen("host-b1").status == HostStatus::NonResponsive; }));
  lab.restart();
  CHECK(lab.cluster.seen("host-a1").status == HostStatus::Up);
  CHECK(lab.cluster.seen("host-b1").status == HostStatus::Unassigned);
  // No last contact: the third failed attempt makes it NonResponsive, without the 60 seconds.
  REQUIRE(lab.cluster.run_until(seconds(30), [&] {
    return lab.cluster.seen("host-b1").status == HostStatus::NonResponsive;
  }));
}

TEST_CASE("1.5 after a restart the SPM is selected from scratch, and an SPM that lives is kept") {
  Settled lab;
  const NodeId spm = *lab.cluster.manager().pool.spm;
  lab.restart();
  CHECK(lab.cluster.manager().pool.spm == spm);
  CHECK_FALSE(lab.cluster.manager().pool.proxy);
  REQUIRE(lab.cluster.run_until(
      seconds(15), [&] { return lab.cluster.manager().pool.proxy == std::optional(spm); }));
  CHECK(lab.cluster.spm_holders() == 1);
}

TEST_CASE("1.5 a dead SPM that was stuck is replaced after a restart of the Manager") {
  Settled lab(DeadSpm::Stuck);
  const NodeId spm = *lab.cluster.manager().pool.spm;
  lab.cluster.host(spm.str()).power_off();
  lab.cluster.run_for(seconds(1));
  lab.restart();
  REQUIRE(lab.cluster.run_until(minutes(6), [&] {
    const PoolState& pool = lab.cluster.manager().pool;
    return pool.status == DataCenterStatus::Up && pool.spm != spm;
  }));
}

TEST_CASE("2.3 an HA VM found Down with an error is queued again; one stopped by a user is not") {
  Settled lab;
  lab.cluster.ask(StopVm{VmId("vm-2")});
  REQUIRE(lab.cluster.run_until(seconds(30),
                                [&] { return lab.cluster.vm("vm-2").status == VmStatus::Down; }));
  NodeId host = *lab.cluster.vm("vm-1").run_on;
  lab.cluster.host(host.str()).kill_vm(VmId("vm-1"), lab.cluster.now());
  // The step that takes the VM for Down is the last one before the death.
  REQUIRE(lab.cluster.run_until(seconds(10), [&] {
    const bool down = lab.cluster.vm("vm-1").status == VmStatus::Down;
    if (down && lab.cluster.manager_runs()) lab.cluster.kill_manager();
    return down;
  }));
  CHECK(lab.cluster.copies(VmId("vm-1")) == 0);
  lab.restart();
  // Which hosts have acquired the lease's domain is not known at first (fact 2.2), so the first try
  // finds none and the second comes 30 seconds later.
  REQUIRE(lab.cluster.run_until(seconds(60),
                                [&] { return lab.cluster.vm("vm-1").status == VmStatus::Up; }));
  CHECK(lab.cluster.vm("vm-2").status == VmStatus::Down);
  lab.cluster.run_for(minutes(5));
  CHECK(lab.cluster.copies(VmId("vm-2")) == 0);
}

TEST_CASE("A stop that was said yes to is carried out although its order died with the Manager") {
  Settled lab;
  lab.dies_after_next_commit = true;
  CHECK(lab.cluster.ask(StopVm{VmId("vm-3")}).status == 503);
  CHECK(lab.cluster.copies(VmId("vm-3")) == 1);
  lab.restart();
  lab.cluster.run_for(minutes(2));
  CHECK(lab.cluster.vm("vm-3").status == VmStatus::Down);
  CHECK(lab.cluster.copies(VmId("vm-3")) == 0);
}

TEST_CASE("4.3 maintenance that was said yes to is kept, also that of an SPM which still held it") {
  Settled lab;
  const NodeId spm = *lab.cluster.manager().pool.spm;
  lab.dies_after_next_commit = true;
  lab.cluster.ask(DeactivateHost{spm, "test"});
  lab.restart();
  CHECK(lab.cluster.seen(spm.str()).status == HostStatus::PreparingForMaintenance);
  REQUIRE(lab.cluster.run_until(minutes(5), [&] {
    return lab.cluster.seen(spm.str()).status == HostStatus::Maintenance &&
           lab.cluster.manager().pool.status == DataCenterStatus::Up;
  }));
  lab.restart();
  lab.cluster.run_for(minutes(2));
  CHECK(lab.cluster.seen(spm.str()).status == HostStatus::Maintenance);
  CHECK(lab.cluster.manager().pool.spm != spm);
}

TEST_CASE("3.2 what a Manager counts from its start is counted anew") {
  Settled lab;
  lab.cluster.run_for(minutes(30));
  lab.restart();
  CHECK(lab.cluster.manager().started == lab.cluster.now());
}

TEST_CASE("Running VMs are neither restarted nor touched by a restart") {
  Settled lab;
  const auto starts = [&] {
    return std::count_if(lab.cluster.calls().begin(), lab.cluster.calls().end(), [](const Call& c) {
      return std::holds_alternative<rpc::CreateVm>(c.request) ||
             std::holds_alternative<rpc::DestroyVm>(c.request);
    });
  };
  const auto before = starts();
  const auto began = lab.cluster.vm("vm-1").started;
  lab.restart();
  lab.cluster.run_for(minutes(10));
  CHECK(starts() == before);
  CHECK(lab.cluster.vm("vm-1").status == VmStatus::Up);
  CHECK(*lab.cluster.vm("vm-1").started - *began < std::chrono::milliseconds(1));
}

TEST_CASE("A VM whose start the death interrupted runs where it was started, from then on") {
  Settled lab;
  const VmId vm("vm-4");
  lab.cluster.ask(StopVm{vm});
  REQUIRE(lab.cluster.run_until(seconds(30),
                                [&] { return lab.cluster.vm("vm-4").status == VmStatus::Down; }));
  const auto former = lab.cluster.vm("vm-4").started;
  REQUIRE(lab.cluster.ask(StartVm{vm}).ok());
  lab.cluster.run_for(std::chrono::milliseconds(25));  // the order has arrived, the answer not
  const auto host = lab.cluster.vm("vm-4").run_on;
  lab.restart();
  REQUIRE(lab.cluster.run_until(seconds(30),
                                [&] { return lab.cluster.vm("vm-4").status == VmStatus::Up; }));
  CHECK(lab.cluster.vm("vm-4").run_on == host);
  CHECK(*lab.cluster.vm("vm-4").started > *former);
  CHECK(lab.cluster.copies(vm) == 1);
}

TEST_CASE("A wall clock that was set back makes nothing happen in the future") {
  Settled lab;
  ClusterState state = lab.cluster.manager();
  const Instant now = state.events.back().at - minutes(5);
  begin_again(state, now);
  CHECK(state.events.back().at == now);
  CHECK(*state.vms.at(VmId("vm-1")).started == now);
}

}  // namespace
}  // namespace splitsite::reference
