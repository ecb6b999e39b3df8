// Affinity rules through whole failovers, in virtual time.
#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const VmId v1{"vm-1"}, v2{"vm-2"};

AffinityGroupConfig pair_apart(bool enforcing) {
  AffinityGroupConfig pair{.name = "pair", .vms = {v1, v2}, .hosts = {}};
  pair.vms_rule = VmsRule::Negative;
  pair.vms_enforcing = enforcing;
  return pair;
}

void lose(SimulatedCluster& lab, const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) lab.host(host).power_off();
}

bool runs_on(const SimulatedCluster& lab, const VmId& vm, const std::string& site) {
  const VmState& seen = lab.vm(vm.str());
  return seen.status == VmStatus::Up && seen.run_on->str().starts_with(site);
}

TEST_CASE(
    "4.1 enforcing to the primary site: its VMs wait for it, and run when it is back (AA-6)") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups[0].enforcing = true;
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  lose(lab, {"host-a1", "host-a2"});
  lab.after_each_event = [&] {
    for (const char* host : {"host-b1", "host-b2"}) REQUIRE_FALSE(lab.host(host).runs(v1));
  };
  lab.run_for(hours(2));
  CHECK(lab.vm("vm-1").status == VmStatus::Unknown);
  CHECK(lab.count_events(507) >= 1);  // by its lease it was tried, and no host was allowed
  lab.host("host-a2").power_on();
  CHECK(lab.run_until(minutes(10), [&] { return runs_on(lab, v1, "host-a2"); }));
}

TEST_CASE("4.1 the same with a soft rule: the other site takes over within minutes") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lose(lab, {"host-a1", "host-a2"});
  CHECK(lab.run_until(minutes(5), [&] { return runs_on(lab, v1, "host-b"); }));
}

TEST_CASE("4.1 enforcing away from a host: with that host alone left the VM stays where it is") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups[0].hosts = {NodeId("host-b1"), NodeId("host-b2")};
  config.affinity_groups[0].positive = false;
  config.affinity_groups[0].enforcing = true;
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  CHECK(runs_on(lab, v1, "host-a"));
  lose(lab, {"host-a1", "host-a2"});
  lab.run_for(minutes(30));
  CHECK(lab.copies(v1) == 0);
  CHECK(runs_on(lab, VmId("vm-4"), "host-b"));
}

TEST_CASE("4.1 soft away from a host: it is taken all the same when nothing else is left") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups[0].hosts = {NodeId("host-b1"), NodeId("host-b2")};
  config.affinity_groups[0].positive = false;
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  CHECK(runs_on(lab, v1, "host-a"));
  lose(lab, {"host-a1", "host-a2"});
  CHECK(lab.run_until(minutes(5), [&] { return runs_on(lab, v1, "host-b"); }));
}

TEST_CASE("4.1 an HA pair that must keep apart is apart before and after the failover") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups.push_back(pair_apart(/*enforcing=*/true));
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  lab.after_each_event = [&] {
    for (const char* host : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
      REQUIRE_FALSE((lab.host(host).runs(v1) && lab.host(host).runs(v2)));
    }
  };
  lose(lab, {"host-a1", "host-a2"});
  CHECK(lab.run_until(minutes(5),
                      [&] { return runs_on(lab, v1, "host-b") && runs_on(lab, v2, "host-b"); }));
}

TEST_CASE("4.1 with one host left, one of a pair that must keep apart runs, the other waits") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups.push_back(pair_apart(/*enforcing=*/true));
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  lose(lab, {"host-a1", "host-a2", "host-b2"});
  lab.run_for(hours(1));
  CHECK(lab.copies(v1) + lab.copies(v2) == 1);
}

TEST_CASE("4.1 with one host left, a pair that should keep apart yields and runs there") {
  LabConfig config = SimulatedCluster::stretch_lab();
  config.affinity_groups.push_back(pair_apart(/*enforcing=*/false));
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  lose(lab, {"host-a1", "host-a2", "host-b2"});
  CHECK(lab.run_until(minutes(10),
                      [&] { return runs_on(lab, v1, "host-b1") && runs_on(lab, v2, "host-b1"); }));
}

TEST_CASE("4.1 a pair that must be together waits together for its host, as in oVirt") {
  LabConfig config = SimulatedCluster::stretch_lab();
  AffinityGroupConfig pair = pair_apart(/*enforcing=*/true);
  pair.vms_rule = VmsRule::Positive;
  config.affinity_groups.push_back(pair);
  SimulatedCluster lab(config, {});
  REQUIRE(lab.settle());
  REQUIRE(lab.vm("vm-1").run_on == lab.vm("vm-2").run_on);
  // Each is kept to the host of the other, which is lost and still counts as its host.
  lose(lab, {lab.vm("vm-1").run_on->str()});
  lab.run_for(minutes(30));
  CHECK(lab.vm("vm-1").status == VmStatus::Unknown);
  CHECK(lab.copies(v1) + lab.copies(v2) == 0);
  // With the word that the host is off they are Down, hold each other nowhere, and start.
  const NodeId lost = *lab.vm("vm-1").run_on;
  REQUIRE(lab.run_until(minutes(5), [&] { return lab.ask(FenceHost{lost}).ok(); }));
  CHECK(lab.run_until(minutes(10), [&] {
    return lab.copies(v1) == 1 && lab.copies(v2) == 1 &&
           lab.vm("vm-1").run_on == lab.vm("vm-2").run_on;
  }));
}

}  // namespace
}  // namespace splitsite::reference
