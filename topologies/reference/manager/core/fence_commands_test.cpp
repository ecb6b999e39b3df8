// The action fence (fact 7.3): what is refused with 409 and changes nothing, and what it does.
#include "topologies/reference/manager/core/fence_commands.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct Lab : SimulatedCluster {
  explicit Lab(const LabConfig& config = lab_with_power_management())
      : SimulatedCluster(config, {}) {
    REQUIRE(settle());
  }
  CommandReply fence(const std::string& host, FenceType type, bool maintenance = false) {
    return ask(
        FenceHost{.host = NodeId(host), .type = type, .maintenance_after_restart = maintenance});
  }
  void maintain(const std::string& host) {
    REQUIRE(ask(DeactivateHost{NodeId(host), ""}).ok());
    REQUIRE(reaches(host, HostStatus::Maintenance));
  }
  bool reaches(const std::string& host, HostStatus status) {
    return run_until(minutes(5), [&] { return seen(host).status == status; });
  }
  // Waits for the late answer.
  CommandReply power_of(const std::string& host) {
    const CommandReply reply = fence(host, FenceType::Status);
    REQUIRE(reply.later != 0);
    REQUIRE(run_until(minutes(2), [&] { return late_replies().count(reply.later) != 0; }));
    return late_replies().at(reply.later);
  }
  std::string other_than_spm() const {
    return manager().pool.spm == NodeId("host-b2") ? "host-b1" : "host-b2";
  }
};

void refuses(Lab& lab, const std::string& host, FenceType type, const std::string& words) {
  const CommandReply reply = lab.fence(host, type);
  CHECK(reply.status == 409);
  CHECK(reply.detail.find(words) != std::string::npos);
  INFO(reply.detail);
  CHECK_FALSE(lab.seen(host).fencing.flow);
}

TEST_CASE("7.3 a host that is Up can be neither confirmed, started nor stopped") {
  Lab lab;
  refuses(lab, "host-b1", FenceType::Manual, "Valid Host statuses are");
  refuses(lab, "host-b1", FenceType::Start, "Host has to be in one of the following statuses");
  refuses(lab, "host-b1", FenceType::Stop, "Host has to be in Maintenance mode");
  lab.run_for(minutes(5));
  CHECK(lab.seen("host-b1").status == HostStatus::Up);
}

TEST_CASE("7.3 a host without power management cannot be switched; its power is not known") {
  Lab lab(SimulatedCluster::stretch_lab());
  refuses(lab, "host-b1", FenceType::Restart, "Host fence is disabled");
  const CommandReply power = lab.power_of("host-b1");
  CHECK(power.ok());
  CHECK(power.power == PowerStatus::Unknown);
  CHECK(power.reason.find("it has no power controller") != std::string::npos);
}

TEST_CASE("7.3 nobody is fenced by hand either while the Manager has just started") {
  SimulatedCluster lab(SimulatedCluster::lab_with_power_management(), {});
  REQUIRE(lab.settle_in_quarantine());
  const CommandReply reply = lab.ask(FenceHost{NodeId("host-b1"), FenceType::Restart});
  CHECK(reply.status == 409);
  CHECK(reply.detail.find("Engine Service start up sequence") != std::string::npos);
}

TEST_CASE("7.3 status is answered when the controller has spoken") {
  Lab lab;
  CHECK(lab.power_of("host-b1").power == PowerStatus::On);
  lab.host("host-b1").power_off();
  CHECK(lab.power_of("host-b1").power == PowerStatus::Off);
  lab.lost_controllers = {SiteId("b")};
  const CommandReply lost = lab.power_of("host-b1");
  CHECK(lost.power == PowerStatus::Unknown);
  CHECK(lost.reason.find("the power controller does not answer") != std::string::npos);
}

TEST_CASE("7.3 stop takes a host from Maintenance to Down, start brings it back") {
  Lab lab;
  const std::string host = lab.other_than_spm();
  lab.maintain(host);
  REQUIRE(lab.fence(host, FenceType::Stop).ok());
  CHECK(lab.seen(host).status == HostStatus::Down);
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.count_events(21) == 1; }));
  CHECK_FALSE(lab.host(host).powered());
  refuses(lab, host, FenceType::Start, "Another Power Management operation is still running");
  lab.run_for(seconds(180));
  CHECK(lab.seen(host).status == HostStatus::Down);  // silence means nothing there
  REQUIRE(lab.fence(host, FenceType::Start).ok());
  CHECK(lab.seen(host).status == HostStatus::Reboot);
  CHECK(lab.reaches(host, HostStatus::Up));
  CHECK(lab.count_events(20) == 1);
}

TEST_CASE("3 a host that is Down and has its power again can be activated") {
  Lab lab;
  const std::string host = lab.other_than_spm();
  lab.maintain(host);
  REQUIRE(lab.fence(host, FenceType::Stop).ok());
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.count_events(21) == 1; }));
  lab.host(host).power_on();
  lab.run_for(minutes(1));
  CHECK(lab.seen(host).status == HostStatus::Down);
  CHECK(lab.ask(ActivateHost{NodeId(host)}).ok());
  CHECK(lab.reaches(host, HostStatus::Up));
}

TEST_CASE("7.3 a restart from Maintenance ends in Maintenance") {
  Lab lab;
  const std::string host = lab.other_than_spm();
  lab.maintain(host);
  REQUIRE(lab.fence(host, FenceType::Restart).ok());
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.count_events(41) == 1; }));
  lab.run_for(minutes(15));
  CHECK(lab.seen(host).status == HostStatus::Maintenance);
  CHECK(lab.host(host).powered());
}

TEST_CASE("7.3 a restart of a host that is Up is not refused: its VMs end and start elsewhere") {
  Lab lab;
  const std::string host = lab.vm("vm-6").run_on->str();
  REQUIRE(lab.fence(host, FenceType::Restart).ok());
  CHECK(lab.fence(host, FenceType::Restart).status == 409);
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.count_events(41) == 1; }));
  CHECK(lab.reaches(host, HostStatus::Up));
  CHECK(lab.run_until(minutes(2), [&] { return lab.vm("vm-6").status == VmStatus::Up; }));
  CHECK(lab.copies(VmId("vm-6")) == 1);
}

TEST_CASE("7.3 maintenance_after_restart") {
  Lab lab;
  const std::string host = lab.other_than_spm();
  REQUIRE(lab.fence(host, FenceType::Restart, true).ok());
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.count_events(41) == 1; }));
  CHECK(lab.seen(host).status == HostStatus::Maintenance);
}

TEST_CASE("3.1 a failed start of a host that boots leaves it booting, not for ever") {
  Lab lab;
  const std::string host = lab.other_than_spm();
  lab.host(host).power_off();
  REQUIRE(lab.run_until(minutes(5), [&] { return lab.count_events(121) == 1; }));
  lab.host(host).power_off();  // and again, while it boots
  lab.run_for(seconds(180));
  lab.lost_controllers = {SiteId("a"), SiteId("b")};
  REQUIRE(lab.fence(host, FenceType::Start).ok());
  REQUIRE(lab.run_until(minutes(8), [&] { return lab.count_events(118) == 1; }));
  CHECK(lab.seen(host).status == HostStatus::Reboot);
  // ServerRebootTimeout counts from the restart before.
  CHECK(lab.run_until(minutes(10),
                      [&] { return lab.seen(host).status == HostStatus::NonResponsive; }));
}

TEST_CASE("7.3 without another host there is no proxy") {
  Lab lab;
  for (const char* name : {"host-a1", "host-a2", "host-b1"}) lab.host(name).reachable = false;
  lab.lost_controllers = {SiteId("a"), SiteId("b")};
  lab.run_for(minutes(20));
  refuses(lab, "host-b2", FenceType::Restart, "There is no other Host in the Data Center");
}

TEST_CASE("7.3 the SPM is confirmed only while the data center is not up, and somebody else is") {
  Lab lab(SimulatedCluster::stretch_lab());
  const std::string spm = lab.manager().pool.spm->str();
  lab.host(spm).power_off();
  REQUIRE(lab.reaches(spm, HostStatus::Connecting));
  lab.run_for(seconds(20));
  REQUIRE(lab.reaches(spm, HostStatus::NonResponsive));
  lab.run_for(seconds(30));  // soft fencing has failed
  for (const char* name : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    if (name != spm) lab.host(name).reachable = false;
  }
  lab.run_for(minutes(4));
  refuses(lab, spm, FenceType::Manual, "There is no active Host in the Data Center");
}

}  // namespace
}  // namespace splitsite::reference
