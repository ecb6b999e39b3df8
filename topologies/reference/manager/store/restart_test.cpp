// A Manager that dies at any step and comes back from its database: nothing it had said is lost,
// and the cluster goes on as safely as with one that never died. Random schedules of disturbances
// with a death every few hundred steps, before or after the commit; and each rule of a restart.
#include "topologies/reference/manager/core/restart.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/random_schedule.hpp"
#include "topologies/reference/manager/store/state_store.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// The database of one simulated Manager, on a file in memory: thousands of commits a second.
class Disk {
 public:
  explicit Disk(const std::string& name)
      : directory_("/dev/shm/splitsite-restart-" + std::to_string(::getpid()) + "-" + name) {
    std::filesystem::create_directories(directory_);
  }
  ~Disk() { std::filesystem::remove_all(directory_); }

  // Every death closes the file with whatever was not committed.
  void open(const LabConfig& lab) {
    store_.reset();
    auto opened = StateStore::open(directory_ + "/manager.db", lab.name);
    REQUIRE(opened);
    store_ = std::move(opened.value());
  }
  StateStore& store() { return *store_; }

 private:
  const std::string directory_;
  std::unique_ptr<StateStore> store_;
};

TimeBase time_at(Instant now) {
  const std::chrono::system_clock::time_point start(seconds(1'700'000'000));
  return {now,
          start + std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch())};
}

Step restarted(Disk& disk, const SimulatedCluster& cluster) {
  disk.open(cluster.lab());
  Step begun;
  begun.state = initial_state(cluster.lab(), {.seed = 7}, cluster.now());
  const auto found = disk.store().load(begun.state, time_at(cluster.now()));
  REQUIRE(found);
  REQUIRE(found.value());
  static_cast<Outcome&>(begun) = begin_again(begun.state, cluster.now());
  REQUIRE(disk.store().save(begun.state, time_at(cluster.now())));
  return begun;
}

// Kills the Manager every few hundred steps of a story and keeps book of what it has said.
class Deaths {
 public:
  explicit Deaths(std::uint64_t seed) : random_(seed), disk_(std::to_string(seed)) {}

  void prepare(SimulatedCluster& cluster) {
    disk_.open(cluster.lab());
    cluster.run_manager_as(
        {.commit = [&](const ClusterState& state) { return commit(state, cluster); },
         .restart = [&] { return restart(cluster); },
         .down_for = seconds(1 + random_() % 40)});
  }
  void also(SimulatedCluster& cluster) {
    killing = true;
    const NodeId host("host-a" + std::to_string(1 + random_() % 2));
    const int priority = static_cast<int>(random_() % 11);
    if (cluster.ask(SetSpmPriority{host, priority}).ok()) priorities_[host] = priority;
  }

  bool killing = false;
  int died = 0;
  int events_checked = 0;

 private:
  bool commit(const ClusterState& state, const SimulatedCluster& cluster) {
    const bool dies = killing && random_() % 300 == 0;
    const bool before = dies && random_() % 2 == 0;
    died += dies ? 1 : 0;
    if (!before) REQUIRE(disk_.store().save(state, time_at(cluster.now())));
    return !dies;
  }

  Step restart(const SimulatedCluster& cluster) {
    Step begun = restarted(disk_, cluster);
    for (const auto& [host, priority] : priorities_) {
      CHECK(begun.state.hosts.at(host).spm_priority == priority);
    }
    // Everything that was said is there, under its number, and the numbers go on.
    long index = 0;
    for (const AuditEvent& event : begun.state.events) REQUIRE(event.index == ++index);
    for (const AuditEvent& said : cluster.events()) {
      REQUIRE(said.index <= begun.state.last_event);
      CHECK(begun.state.events[static_cast<std::size_t>(said.index - 1)].description ==
            said.description);
      ++events_checked;
    }
    return begun;
  }

  std::mt19937_64 random_;
  Disk disk_;
  std::map<NodeId, int> priorities_;
};

std::uint64_t schedules() {
  const char* asked = std::getenv("SPLITSITE_SCHEDULES");
  if (asked != nullptr) return std::stoull(asked);
#ifdef NDEBUG
  return 100;
#else
  return 10;
#endif
}

TEST_CASE("Killed at any step and restored, the Manager never runs a VM twice and loses nothing") {
  int died = 0;
  int events = 0;
  for (std::uint64_t seed = 1; seed <= schedules(); ++seed) {
    INFO("seed " << seed);
    Deaths deaths(seed);
    RandomSchedule schedule(seed, {.user_stops = seed % 2 == 0,
                                   .prepare = [&](auto& cluster) { deaths.prepare(cluster); },
                                   .also = [&](auto& cluster) { deaths.also(cluster); }});
    REQUIRE(schedule.run() == "");
    deaths.killing = false;
    REQUIRE(schedule.heal_and_wait(minutes(20)) == "");
    died += deaths.died;
    events += deaths.events_checked;
  }
  CHECK(died >= static_cast<int>(schedules()));
  CHECK(events >= 100 * static_cast<int>(schedules()));
}

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
