#include "topologies/reference/manager/core/maintenance.hpp"

#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

bool in_site(const SimulatedCluster& lab, const std::string& vm, const std::string& prefix) {
  const VmState& seen = lab.vm(vm);
  return seen.status == VmStatus::Up && seen.run_on->str().substr(0, 6) == prefix;
}

TEST_CASE("4.3 a planned failover moves everything without a restart, activation brings it back") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const std::vector<std::string> all = {"vm-1", "vm-2", "vm-3", "vm-5", "vm-6"};
  lab.after_each_event = [&] {
    for (const std::string& vm : all) REQUIRE(lab.copies(VmId(vm)) == 1);
    REQUIRE(lab.spm_holders() <= 1);
  };
  for (const char* host : {"host-a1", "host-a2"}) {
    REQUIRE(lab.ask(DeactivateHost{NodeId(host), "planned"}).ok());
    REQUIRE(lab.run_until(minutes(5),
                          [&] { return lab.seen(host).status == HostStatus::Maintenance; }));
    lab.run_for(seconds(1));
    CHECK_FALSE(lab.host(host).joined());
    // The role is found a new home before the next host asks for maintenance.
    REQUIRE(lab.run_until(minutes(1), [&] {
      const PoolState& pool = lab.manager().pool;
      return pool.status == DataCenterStatus::Up && pool.spm;
    }));
  }
  CHECK(lab.manager().pool.spm->str().substr(0, 6) == "host-b");
  for (const std::string& vm : all) CHECK(in_site(lab, vm, "host-b"));
  for (const char* host : {"host-a1", "host-a2"}) {
    REQUIRE(lab.ask(ActivateHost{NodeId(host)}).ok());
  }
  CHECK(lab.run_until(minutes(15), [&] {
    return std::all_of(all.begin(), all.end(),
                       [&](auto& vm) { return in_site(lab, vm, "host-a"); });
  }));
  CHECK(lab.count_events(119) == 0);
}

TEST_CASE("4.3 the reason of the last deactivation is kept, also while the SPM role is given up") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const std::string spm = lab.manager().pool.spm->str();
  REQUIRE(lab.ask(DeactivateHost{NodeId(spm), "new disks"}).ok());
  REQUIRE(
      lab.run_until(minutes(5), [&] { return lab.seen(spm).status == HostStatus::Maintenance; }));
  CHECK(lab.seen(spm).maintenance_reason == "new disks");
  REQUIRE(lab.ask(ActivateHost{NodeId(spm)}).ok());
  REQUIRE(lab.run_until(minutes(5), [&] { return lab.seen(spm).status == HostStatus::Up; }));
  CHECK(lab.seen(spm).maintenance_reason.empty());
  REQUIRE(lab.ask(DeactivateHost{NodeId(spm), ""}).ok());
  CHECK(lab.seen(spm).maintenance_reason.empty());
}

TEST_CASE("1.6 an SPM that cannot let go stays Up (event 27)") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const NodeId spm = *lab.manager().pool.spm;
  lab.host(spm.str()).storage = false;
  REQUIRE(lab.ask(DeactivateHost{spm, ""}).ok());
  lab.run_for(seconds(5));
  CHECK(lab.count_events(27) == 1);
  CHECK(lab.seen(spm.str()).status == HostStatus::Up);
}

TEST_CASE("4.3 a NonResponsive host with VMs cannot go into maintenance") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const NodeId home = *lab.vm("vm-4").run_on;
  lab.host(home.str()).reachable = false;
  lab.run_for(seconds(90));
  CHECK(lab.ask(DeactivateHost{home, ""}).status == 409);
}

TEST_CASE("4.3 a host in maintenance is neither asked for VMs nor missed") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(DeactivateHost{NodeId("host-b2"), ""}).ok());
  REQUIRE(lab.run_until(minutes(2),
                        [&] { return lab.seen("host-b2").status == HostStatus::Maintenance; }));
  lab.host("host-b2").power_off();
  lab.run_for(minutes(10));
  CHECK(lab.seen("host-b2").status == HostStatus::Maintenance);
  CHECK(lab.vm("vm-4").run_on == NodeId("host-b1"));
}

TEST_CASE(
    "7.3 confirming a reboot is refused for a host that is Up, and for the SPM of an up pool") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  CHECK(lab.ask(FenceHost{NodeId("host-b1")}).status == 409);
  ClusterState silent = lab.manager();
  const NodeId spm = *silent.pool.spm;
  silent.hosts.at(spm).status = HostStatus::NonResponsive;
  const Command confirm = FenceHost{spm};
  CHECK(step(silent, confirm, lab.now()).reply->status == 409);
  silent.pool.status = DataCenterStatus::Problematic;
  CHECK(step(silent, confirm, lab.now()).reply->status == 200);
}

}  // namespace
}  // namespace splitsite::reference
