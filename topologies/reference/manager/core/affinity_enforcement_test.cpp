#include "topologies/reference/manager/core/affinity_enforcement.hpp"

#include <algorithm>
#include <utility>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/affinity_candidates.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Of the VMs with a lease; vm-6 is restarted when its host returns and may come home later.
std::vector<Instant> migration_starts(const SimulatedCluster& lab) {
  std::vector<Instant> starts;
  for (const AuditEvent& event : lab.events()) {
    if (event.code == 67 && event.vm != VmId("vm-6")) starts.push_back(event.at);
  }
  return starts;
}

bool at_home(const SimulatedCluster& lab, const std::string& vm) {
  const VmState& seen = lab.vm(vm);
  return seen.status == VmStatus::Up && seen.run_on->str().substr(0, 6) == "host-a";
}

// The primary site was lost, its VMs run in b, and now the site is back.
void fail_over_and_return(SimulatedCluster& lab) {
  REQUIRE(lab.settle());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  REQUIRE(lab.run_until(minutes(10), [&] {
    const auto in_b = [&](const char* vm) {
      return lab.vm(vm).status == VmStatus::Up && lab.vm(vm).run_on->str().substr(0, 6) == "host-b";
    };
    return in_b("vm-1") && in_b("vm-2") && in_b("vm-3");
  }));
  lab.host("host-a1").power_on();
  lab.host("host-a2").power_on();
}

TEST_CASE("4.2 VMs come home by live migration, one per cycle, none is restarted") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  fail_over_and_return(lab);
  CHECK(lab.manager().affinity_groups[0].broken);
  const std::vector<std::string> moved = {"vm-1", "vm-2", "vm-3"};
  lab.after_each_event = [&] {
    for (const std::string& vm : moved) REQUIRE(lab.copies(VmId(vm)) == 1);
    REQUIRE(lab.manager().migrations.size() <= 1);
  };
  REQUIRE(lab.run_until(minutes(15), [&] {
    return std::all_of(moved.begin(), moved.end(), [&](auto& vm) { return at_home(lab, vm); });
  }));
  const std::vector<Instant> starts = migration_starts(lab);
  REQUIRE(starts.size() == 3);
  CHECK(starts[1] - starts[0] >= seconds(60));
  CHECK(starts[2] - starts[1] >= seconds(60));
  lab.run_for(minutes(5));
  CHECK_FALSE(lab.manager().affinity_groups[0].broken);
  CHECK(migration_starts(lab).size() == 3);
}

TEST_CASE(
    "7.5 what REST shows as broken is broken, after every event of a lost site and its return") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  int turned = 0;
  bool broken = false;
  lab.after_each_event = [&] {
    for (const AffinityGroup& group : lab.manager().affinity_groups) {
      REQUIRE(group.broken == is_broken(lab.manager(), group));
    }
    const bool now = lab.manager().affinity_groups[0].broken;
    if (now != std::exchange(broken, now)) ++turned;
  };
  fail_over_and_return(lab);
  lab.run_for(minutes(20));
  CHECK(turned >= 2);
  CHECK_FALSE(broken);
}

TEST_CASE("7.5 a group is not broken any more once its misplaced VM has ended") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const VmId vm("vm-1");
  const NodeId away("host-b1");
  REQUIRE(lab.ask(MigrateVm{vm, away}).ok());
  REQUIRE(lab.run_until(minutes(2), [&] {
    return lab.vm("vm-1").status == VmStatus::Up && lab.vm("vm-1").run_on == away;
  }));
  CHECK(lab.manager().affinity_groups[0].broken);
  REQUIRE(lab.ask(ShutdownVm{vm}).ok());
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.vm("vm-1").status == VmStatus::Down; }));
  CHECK_FALSE(lab.manager().affinity_groups[0].broken);
}

TEST_CASE("4.2 a VM without a rule to break stays where it is") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  fail_over_and_return(lab);
  const NodeId home = *lab.vm("vm-4").run_on;
  lab.run_for(minutes(15));
  CHECK(*lab.vm("vm-4").run_on == home);
}

TEST_CASE("4.2 nothing moves while a VM migrates") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  ClusterState state = lab.manager();
  state.vms.at(VmId("vm-1")).run_on = NodeId("host-b1");
  const Instant now = std::max(lab.now(), *state.next_enforcement);
  const auto migrations = [&](const ClusterState& from) {
    const Step result = step(from, Tick{}, now);
    return std::count_if(result.calls.begin(), result.calls.end(), [](const Call& call) {
      return std::holds_alternative<rpc::MigrateVm>(call.request);
    });
  };
  CHECK(migrations(state) == 1);
  state.migrations.push_back({.vm = VmId("vm-4"),
                              .source = NodeId("host-b1"),
                              .destination = NodeId("host-b2"),
                              .reason = "user"});
  CHECK(migrations(state) == 0);
}

TEST_CASE("4.2 the first cycle comes after the initial delay") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  const Instant start = lab.now();
  lab.run_for(seconds(30));
  CHECK(lab.manager().next_enforcement == start + seconds(60));
}

TEST_CASE("4.1 a soft rule does not hold a VM back: with the primary site gone it runs in b") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  REQUIRE(
      lab.run_until(minutes(3), [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
  CHECK(lab.ask(StartVm{VmId("vm-1")}).ok());
  CHECK(lab.run_until(seconds(30), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
}

const VmId v1{"vm-1"}, v2{"vm-2"}, v3{"vm-3"}, v4{"vm-4"};

// A cycle is due; no rule but those the test makes.
struct Cycle {
  Cycle() : state(ready_cluster()) {
    state.affinity_groups.clear();
    state.next_enforcement = Instant{};
    state.pool.next_refresh = now + minutes(60);
  }
  std::vector<std::string> moves() const { return migrations_of(step(state, Tick{}, now)); }

  const Instant now{minutes(10)};
  ClusterState state;
};

TEST_CASE("4.2 rules in order: enforcing to hosts, enforcing between VMs, soft ones likewise") {
  Cycle cycle;
  for (const char* vm : {"vm-1", "vm-2", "vm-3", "vm-4"}) run_on(cycle.state, vm, b1);
  cycle.state.affinity_groups = {
      between_vms("soft pair", {v3, v4}, false, false), to_hosts("soft", {v2}, {a1}, true, false),
      between_vms("hard pair", {v3, v2}, false, true), to_hosts("hard", {v1}, {a1}, true, true)};
  std::vector<VmId> order;
  std::vector<bool> soft;
  for (const Candidate& candidate : affinity_candidates(cycle.state)) {
    order.push_back(candidate.vm);
    soft.push_back(candidate.soft);
  }
  CHECK(order == std::vector<VmId>{v1, v3, v2, v4});
  CHECK(soft == std::vector<bool>{false, false, false, true});
  CHECK(cycle.moves() == std::vector<std::string>{"vm-1 to host-a1"});  // one VM in a cycle
}

TEST_CASE(
    "4.2 who may not be moved: pinned, for users only, the engine, not running, host silent") {
  Cycle cycle;
  run_on(cycle.state, "vm-1", b1);
  cycle.state.affinity_groups = {to_hosts("home", {v1}, {a1}, true, true)};
  CHECK(cycle.moves().size() == 1);
  VmState& vm = vm_in(cycle.state, "vm-1");
  for (const auto mode : {MigrationMode::Pinned, MigrationMode::UserMigratable}) {
    vm.migration_mode = mode;
    CHECK(cycle.moves().empty());
  }
  vm.migration_mode = MigrationMode::Migratable;
  for (const auto status : {VmStatus::Unknown, VmStatus::NotResponding, VmStatus::PoweringDown}) {
    vm.status = status;
    CHECK(cycle.moves().empty());
  }
  vm.status = VmStatus::Up;
  cycle.state.hosts.at(b1).status = HostStatus::NonResponsive;
  CHECK(cycle.moves().empty());
  cycle.state.hosts.at(b1).status = HostStatus::Up;
  cycle.state.hosts.at(a1).status = HostStatus::Maintenance;  // nowhere to go
  CHECK(cycle.moves().empty());
}

TEST_CASE("4.2 the engine VM does not come home by affinity") {
  Cycle cycle;
  const VmId engine(hosted_engine_vm);
  cycle.state.vms[engine] = VmState{};
  cycle.state.vms[engine].name = engine;
  run_on(cycle.state, hosted_engine_vm, b1);
  cycle.state.affinity_groups = {to_hosts("home", {engine}, {a1}, true, true)};
  CHECK(cycle.moves().empty());
}

TEST_CASE("4.2 a VM that cannot be moved does not keep the next one") {
  Cycle cycle;
  run_on(cycle.state, "vm-1", b1);
  run_on(cycle.state, "vm-2", b1);
  cycle.state.affinity_groups = {to_hosts("home", {v1, v2}, {a1}, true, false)};
  vm_in(cycle.state, "vm-1").memory_mib = 5000;
  CHECK(cycle.moves() == std::vector<std::string>{"vm-2 to host-a1"});
}

TEST_CASE("4.2 VMs that must be together: the fewer go to the more") {
  Cycle cycle;
  for (const char* vm : {"vm-1", "vm-2"}) run_on(cycle.state, vm, b1);
  run_on(cycle.state, "vm-3", a2);
  cycle.state.affinity_groups = {between_vms("ab", {v1, v2}, true, true),
                                 between_vms("bc", {v2, v3}, true, true)};
  CHECK(cycle.moves() == std::vector<std::string>{"vm-3 to host-b1"});
}

TEST_CASE("4.2 VMs that must be together stay, when the one who is alone is pinned there") {
  Cycle cycle;
  for (const char* vm : {"vm-1", "vm-2"}) run_on(cycle.state, vm, b1);
  run_on(cycle.state, "vm-3", a2);
  vm_in(cycle.state, "vm-3").migration_mode = MigrationMode::Pinned;
  cycle.state.affinity_groups = {between_vms("abc", {v1, v2, v3}, true, true)};
  // Whether the two follow is for the scheduler to say: both hosts have one of the group.
  const auto moves = cycle.moves();
  CHECK(std::none_of(moves.begin(), moves.end(),
                     [](const std::string& move) { return move.starts_with("vm-3"); }));
}

TEST_CASE("4.2 VMs that should keep apart are parted, once") {
  Cycle cycle;
  for (const char* vm : {"vm-1", "vm-2"}) run_on(cycle.state, vm, a1);
  cycle.state.affinity_groups = {between_vms("pair", {v1, v2}, false, false)};
  CHECK(cycle.moves().size() == 1);
  run_on(cycle.state, "vm-2", a2);
  CHECK(cycle.moves().empty());
}

TEST_CASE("4.2 a soft candidate must be better off: rules of one priority are weighed together") {
  ClusterState state = ready_cluster();
  run_on(state, "vm-1", b1);
  state.affinity_groups = {to_hosts("to-a", {v1}, {a1}, true, false),
                           to_hosts("to-b", {v1}, {b1}, true, false)};
  CHECK_FALSE(improves_soft_affinity(state, vm_in(state, "vm-1"), a1));  // one for one
  state.affinity_groups[0].priority = 2;
  CHECK(improves_soft_affinity(state, vm_in(state, "vm-1"), a1));
  CHECK_FALSE(improves_soft_affinity(state, vm_in(state, "vm-1"), a2));  // breaks both
}

TEST_CASE("4.2 rules to hosts come before rules between VMs") {
  ClusterState state = ready_cluster();
  run_on(state, "vm-1", b1);
  run_on(state, "vm-2", a1);
  state.affinity_groups = {to_hosts("home", {v1}, {a1, a2}, true, false),
                           between_vms("pair", {v1, v2}, false, false)};
  CHECK(improves_soft_affinity(state, vm_in(state, "vm-1"), a1));  // though it meets vm-2 there
  state.affinity_groups.erase(state.affinity_groups.begin());
  CHECK_FALSE(improves_soft_affinity(state, vm_in(state, "vm-1"), a1));
}

TEST_CASE("4.2 one migration that never ends stalls the cluster (oddity 21)") {
  Cycle cycle;
  run_on(cycle.state, "vm-1", b1);
  run_on(cycle.state, "vm-4", b1);
  cycle.state.affinity_groups = {to_hosts("home", {v1}, {a1}, true, true)};
  vm_in(cycle.state, "vm-4").status = VmStatus::Migrating;
  cycle.state.migrations.push_back(
      {.vm = v4, .source = b1, .destination = b2, .reason = "", .tried = {}});
  ClusterState state = cycle.state;
  for (int minute = 0; minute < 240; ++minute) {
    Step result = step(std::move(state), Tick{}, cycle.now + minutes(minute));
    CHECK(migrations_of(result).empty());
    state = std::move(result.state);
  }
  state.migrations.clear();
  vm_in(state, "vm-4").status = VmStatus::Up;
  CHECK(migrations_of(step(state, Tick{}, cycle.now + minutes(241))).size() == 1);
}

TEST_CASE("4.2 there is no hold-down: VMs move to a host within a minute of its return") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  fail_over_and_return(lab);
  REQUIRE(lab.run_until(minutes(10), [&] {
    return lab.seen("host-a1").status == HostStatus::Up ||
           lab.seen("host-a2").status == HostStatus::Up;
  }));
  const Instant back = lab.now();
  REQUIRE(lab.run_until(minutes(5), [&] { return !migration_starts(lab).empty(); }));
  CHECK(migration_starts(lab).front() - back <= seconds(62));
}

TEST_CASE("4.2 a migration that fails goes on to the next host, up to three") {
  Cycle cycle;
  cycle.state.timing.max_rerun_vm_on_vds_count = 3;
  run_on(cycle.state, "vm-1", b1);
  cycle.state.affinity_groups = {to_hosts("home", {v1}, {a1, a2}, true, true)};
  Step result = step(cycle.state, Tick{}, cycle.now);
  const auto fail = [&] {
    const Call order = result.calls.back();
    result =
        step(std::move(result.state),
             CallFinished{order, rpc::Reply(rpc::Error{.code = 12, .message = "no"})}, cycle.now);
  };
  const std::string first = migrations_of(result).front();
  fail();
  REQUIRE(migrations_of(result).size() == 1);
  CHECK(migrations_of(result).front() != first);
  CHECK(result.events.front().code == 128);
  fail();  // both hosts of the rule were tried
  CHECK(migrations_of(result).empty());
  CHECK(result.events.front().code == 65);
  CHECK(vm_in(result.state, "vm-1").status == VmStatus::Up);
}

}  // namespace
}  // namespace splitsite::reference
