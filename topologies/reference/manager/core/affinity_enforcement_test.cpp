#include "topologies/reference/manager/core/affinity_enforcement.hpp"

#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Of the VMs with a lease; vm-6 is restarted when its host returns and may come home later.
std::vector<Instant> migration_starts(const SimulatedCluster& lab) {
  std::vector<Instant> starts;
  for (const AuditEvent& event : lab.events()) {
    if (event.code == 62 && event.vm != VmId("vm-6")) starts.push_back(event.at);
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
  const Instant now = std::max(lab.now(), state.next_enforcement);
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

}  // namespace
}  // namespace splitsite::reference
