#include "topologies/reference/manager/core/spm_selection.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

LabConfig lab_with(DeadSpm branch) {
  LabConfig lab = SimulatedCluster::stretch_lab();
  lab.dead_spm = branch;
  return lab;
}

std::string spm_of(const SimulatedCluster& lab) {
  return lab.manager().pool.spm ? lab.manager().pool.spm->str() : "";
}
std::string site_of_spm(const SimulatedCluster& lab) { return spm_of(lab).substr(0, 6); }

std::string other_primary(const std::string& host) {
  return host == "host-a1" ? "host-a2" : "host-a1";
}

TEST_CASE("1.5 stuck ends when something else needs the SPM") {
  SimulatedCluster lab(lab_with(DeadSpm::Stuck), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(seconds(600));
  REQUIRE(site_of_spm(lab) == "host-a");
  CHECK(lab.ask(EditVm{.vm = VmId("vm-4"), .lease = false}).status == 400);
  CHECK(lab.run_until(seconds(30), [&] {
    return lab.manager().pool.status == DataCenterStatus::Up && site_of_spm(lab) == "host-b";
  }));
}

TEST_CASE("1.1 the highest priority wins, and ties fall either way") {
  std::set<std::string> winners;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedCluster lab(SimulatedCluster::stretch_lab(), {.seed = seed});
    REQUIRE(lab.settle());
    winners.insert(spm_of(lab));
    CHECK(lab.spm_holders() == 1);
    CHECK(lab.count_events(204) == 1);
  }
  CHECK(winners == std::set<std::string>{"host-a1", "host-a2"});
}

TEST_CASE("1.1 priority -1 is never the SPM, even when nobody else is there") {
  LabConfig description = SimulatedCluster::stretch_lab();
  for (NodeConfig& node : description.nodes) node.spm_priority = -1;
  SimulatedCluster lab(description, {});
  lab.run_for(seconds(300));
  CHECK(spm_of(lab).empty());
  CHECK(lab.count_events(979) == 1);
  CHECK(lab.manager().pool.status == DataCenterStatus::Problematic);
}

TEST_CASE("1.2 the best host that is Up when the refresh looks is taken; nobody is waited for") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(seconds(9));
  CHECK(spm_of(lab).empty());  // StoragePoolRefreshTimeInSeconds
  REQUIRE(lab.run_until(seconds(10),
                        [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
  CHECK(site_of_spm(lab) == "host-b");
  CHECK(lab.count_events(980) == 0);  // it was problematic from the start
}

TEST_CASE("1.7 while one primary host is Up the role stays in the primary site") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SimulatedCluster lab(SimulatedCluster::stretch_lab(), {.seed = seed});
    REQUIRE(lab.settle());
    const std::string first = spm_of(lab);
    lab.host(first).power_off();
    lab.after_each_event = [&] { REQUIRE(site_of_spm(lab) == "host-a"); };
    REQUIRE(lab.run_until(seconds(300), [&] { return spm_of(lab) == other_primary(first); }));
    lab.run_for(seconds(300));
  }
}

TEST_CASE("1.5 moves: with the whole primary site gone it moves once sanlock sees the owner dead") {
  SimulatedCluster lab(lab_with(DeadSpm::Moves), {});
  REQUIRE(lab.settle());
  const Instant lost = lab.now();
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.after_each_event = [&] { REQUIRE(lab.spm_holders() <= 1); };
  REQUIRE(lab.run_until(
      seconds(60), [&] { return lab.manager().pool.status == DataCenterStatus::Problematic; }));
  CHECK(site_of_spm(lab) == "host-a");  // 1.7: a dead host still shows as the SPM
  REQUIRE(lab.run_until(seconds(400), [&] { return site_of_spm(lab) == "host-b"; }));
  CHECK(lab.now() - lost >= seconds(120));
  CHECK(lab.now() - lost <= seconds(200));
  CHECK(lab.run_until(seconds(30),
                      [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
}

TEST_CASE("1.5 stuck: the role stays with the dead host and the data center is problematic") {
  SimulatedCluster lab(lab_with(DeadSpm::Stuck), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(std::chrono::hours(3));
  CHECK(site_of_spm(lab) == "host-a");
  CHECK(lab.manager().pool.status == DataCenterStatus::Problematic);
  // 2.2: HA restarts go on without an SPM.
  CHECK(lab.vm("vm-1").run_on->str().substr(0, 6) == "host-b");
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
}

TEST_CASE("1.5 stuck ends when the host returns without the role") {
  SimulatedCluster lab(lab_with(DeadSpm::Stuck), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(seconds(600));
  lab.host("host-a1").power_on();
  lab.host("host-a2").power_on();
  CHECK(lab.run_until(seconds(400), [&] {
    return lab.manager().pool.status == DataCenterStatus::Up && lab.spm_holders() == 1;
  }));
}

TEST_CASE("1.6 stuck ends when the operator confirms that the host was rebooted") {
  SimulatedCluster lab(lab_with(DeadSpm::Stuck), {});
  REQUIRE(lab.settle());
  const std::string spm = spm_of(lab);
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(seconds(300));
  REQUIRE(lab.ask(FenceHost{NodeId(spm)}).ok());
  CHECK(lab.run_until(seconds(30), [&] {
    return lab.manager().pool.status == DataCenterStatus::Up && site_of_spm(lab) == "host-b";
  }));
  // The VMs of the confirmed host are known to be down: HA ones start, with or without lease.
  lab.run_for(seconds(60));
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
}

TEST_CASE("1.4 an SPM the Manager cannot reach, but storage sees alive, keeps the role") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const std::string spm = spm_of(lab);
  lab.host(spm).reachable = false;
  lab.after_each_event = [&] {
    REQUIRE(lab.spm_holders() == 1);
    REQUIRE(spm_of(lab) == spm);
  };
  lab.run_for(std::chrono::minutes(30));
  CHECK(lab.manager().pool.status == DataCenterStatus::Problematic);
  lab.host(spm).reachable = true;
  CHECK(lab.run_until(seconds(60),
                      [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
  CHECK(lab.host(spm).spm() == rpc::SpmRole::Spm);
}

TEST_CASE("1.4 after a confirmation the owner check is skipped, and sanlock still refuses") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const std::string spm = spm_of(lab);
  lab.host(spm).reachable = false;  // the operator is wrong: it runs
  lab.after_each_event = [&] { REQUIRE(lab.spm_holders() == 1); };
  lab.run_for(seconds(200));
  REQUIRE(lab.ask(FenceHost{NodeId(spm)}).ok());
  lab.run_for(seconds(300));
  CHECK(lab.host(spm).spm() == rpc::SpmRole::Spm);
  for (const char* vm : {"vm-1", "vm-2", "vm-3"}) CHECK(lab.copies(VmId(vm)) == 1);
}

TEST_CASE("1.7 no failback: the SPM stays in the secondary site after the primary is back") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  REQUIRE(lab.run_until(seconds(400), [&] { return site_of_spm(lab) == "host-b"; }));
  const std::string there = spm_of(lab);
  lab.host("host-a1").power_on();
  lab.host("host-a2").power_on();
  lab.run_for(std::chrono::hours(2));
  CHECK(lab.seen("host-a1").status == HostStatus::Up);
  CHECK(spm_of(lab) == there);
  CHECK(lab.ask(SetSpmPriority{NodeId("host-a1"), 10}).ok());  // 1.1: an edit moves nothing
  lab.run_for(seconds(60));
  CHECK(spm_of(lab) == there);
}

TEST_CASE("1.6 forceselectspm moves the role to the named host") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const std::string first = spm_of(lab);
  CHECK(lab.ask(ForceSelectSpm{NodeId(first)}).status == 409);
  CHECK(lab.ask(ForceSelectSpm{NodeId("host-b1")}).ok());
  CHECK(lab.run_until(seconds(30), [&] {
    return spm_of(lab) == "host-b1" && lab.manager().pool.status == DataCenterStatus::Up;
  }));
  CHECK(lab.host(first).spm() == rpc::SpmRole::Free);
}

TEST_CASE("1.6 forceselectspm needs a data center that is up") {
  SimulatedCluster lab(lab_with(DeadSpm::Stuck), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(seconds(120));
  const CommandReply reply = lab.ask(ForceSelectSpm{NodeId("host-b1")});
  CHECK(reply.status == 409);
  CHECK(reply.detail == "[Cannot force select SPM. The Data Center is not up.]");
}

}  // namespace
}  // namespace splitsite::reference
