#include "topologies/reference/manager/core/not_responding.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The moment at which host-a1 of four has become NonResponsive, ten minutes after the start.
struct Moment {
  Moment() : state(initial_state(SimulatedCluster::lab_with_power_management(), {}, Instant{})) {
    for (auto& [name, each] : state.hosts) each.status = HostStatus::Up;
    a1().status = HostStatus::NonResponsive;
    a1().last_contact = now - seconds(61);
  }
  HostState& a1() { return state.hosts.at(NodeId("host-a1")); }
  HostState& host(const char* name) { return state.hosts.at(NodeId(name)); }

  // The events of the treatment's beginning; `calls` is what it ordered.
  std::vector<int> treat() {
    Change change(state, now);
    treat_not_responding(change, a1());
    return take(change);
  }
  std::vector<int> watch() {
    Change change(state, now);
    watch_treatment(change, a1());
    return take(change);
  }
  std::vector<int> daemon_restarted(bool done) {
    Change change(state, now);
    daemon_restart_finished(change, a1(), done);
    return take(change);
  }

  Instant now{minutes(10)};
  ClusterState state;
  std::vector<Call> calls;

 private:
  std::vector<int> take(const Change& change) {
    calls = change.calls;
    std::vector<int> codes;
    for (const AuditEvent& event : change.events) codes.push_back(event.code);
    return codes;
  }
};

using Codes = std::vector<int>;

TEST_CASE("3.2 step 1: within 300 s of the Manager's start nobody is fenced") {
  Moment early;
  early.now = Instant(seconds(299));
  CHECK(early.treat() == Codes{9003});
  CHECK(early.calls.empty());
  CHECK(early.state.pool.status == DataCenterStatus::Problematic);  // it is not the SPM

  Moment late;
  late.now = Instant(seconds(300));
  CHECK(late.treat() == Codes{9020});
}

TEST_CASE("3.2 step 1: the host the engine ran on before is fenced in the quarantine too (8 #14)") {
  Moment moment;
  moment.now = Instant(seconds(10));
  moment.state.previous_engine_host = NodeId("host-a1");
  CHECK(moment.treat() == Codes{9020});
  moment.state.previous_engine_host = NodeId("host-a2");
  moment.a1().fencing.flow.reset();
  CHECK(moment.treat() == Codes{9003});
}

TEST_CASE("1.6 an SPM lost in the quarantine makes the data center NotOperational") {
  Moment moment;
  moment.now = Instant(seconds(100));
  moment.state.pool.spm = NodeId("host-a1");
  moment.state.pool.status = DataCenterStatus::Up;
  CHECK(moment.treat() == Codes{9003, 979});
  CHECK(moment.state.pool.status == DataCenterStatus::NotOperational);
}

TEST_CASE("3.2 step 2: a cluster whose fencing is off alerts 9015 and fences nobody") {
  Moment moment;
  moment.state.policy.fencing.enabled = false;
  moment.state.policy.fencing.skip_if_connectivity_broken = true;  // step 3 is not come to
  moment.state.policy.fencing.connectivity_threshold = 0;
  CHECK(moment.treat() == Codes{9015});
  CHECK(moment.calls.empty());
  CHECK_FALSE(moment.a1().fencing.flow);
}

TEST_CASE("3.2 step 3: exactly the threshold counts as broken: one of two equal sites (8 #18)") {
  Moment moment;
  moment.state.policy.fencing.skip_if_connectivity_broken = true;
  moment.host("host-a2").status = HostStatus::Connecting;
  CHECK(moment.treat() == Codes{9013});
  CHECK(moment.calls.empty());
}

TEST_CASE("3.2 step 3: fewer than the threshold, or no such policy, and the host is fenced") {
  Moment one_of_four;
  one_of_four.state.policy.fencing.skip_if_connectivity_broken = true;
  CHECK(one_of_four.treat() == Codes{9020});

  Moment higher;
  higher.state.policy.fencing.skip_if_connectivity_broken = true;
  higher.state.policy.fencing.connectivity_threshold = 51;
  higher.host("host-a2").status = HostStatus::NonResponsive;
  CHECK(higher.treat() == Codes{9020});

  Moment no_policy;
  no_policy.host("host-a2").status = HostStatus::NonResponsive;
  CHECK(no_policy.treat() == Codes{9020});
}

TEST_CASE("3.2 the status is looked at first: a host that came back is left alone") {
  Moment moment;
  moment.a1().status = HostStatus::Up;
  CHECK(moment.treat().empty());
  CHECK_FALSE(moment.a1().fencing.flow);
}

TEST_CASE("8 #7 a treatment that is under way is not begun again") {
  Moment moment;
  CHECK(moment.treat() == Codes{9020});
  CHECK(moment.treat().empty());
  CHECK(moment.calls.empty());
}

TEST_CASE("3.2 step 4: soft fencing waits 60 s for the host, and step 5 follows: no PM is 9028") {
  Moment moment;
  moment.a1().power_management = false;
  CHECK(moment.treat().empty());
  REQUIRE(moment.calls.size() == 1);
  CHECK(std::holds_alternative<rpc::RestartDaemon>(moment.calls.front().request));
  CHECK(moment.daemon_restarted(true).empty());
  moment.now += seconds(60);
  CHECK(moment.watch().empty());
  moment.now += milliseconds(1);
  CHECK(moment.watch() == Codes{9028});
  CHECK_FALSE(moment.a1().fencing.flow);
}

TEST_CASE("3.2 step 4: a host that is Up again in that time ends the treatment with 75") {
  Moment moment;
  moment.a1().power_management = false;
  moment.treat();
  moment.daemon_restarted(true);
  moment.now += seconds(30);
  moment.a1().status = HostStatus::Up;
  CHECK(moment.watch() == Codes{75});
  CHECK_FALSE(moment.a1().fencing.flow);
}

TEST_CASE("3.2 step 4: no soft fencing where power management says the power is off") {
  Moment moment;
  moment.treat();
  Change change(moment.state, moment.now);
  power_status_before_soft_fencing(change, moment.a1(), true);
  REQUIRE(change.calls.size() == 1);
  CHECK(std::get<rpc::FenceNode>(change.calls.front().request).action == "off");
}

TEST_CASE("3.2 step 7: skip_if_sd_active waits until 90 s after the last contact, then asks") {
  Moment moment;
  moment.state.policy.fencing.skip_if_sd_active = true;
  moment.treat();
  CHECK(moment.daemon_restarted(false).empty());
  CHECK(moment.calls.empty());
  moment.now = *moment.a1().last_contact + seconds(90) - milliseconds(1);
  CHECK(moment.watch().empty());
  moment.now += milliseconds(1);
  CHECK(moment.watch() == Codes{9017, 9020});
  const auto& request = std::get<rpc::FenceNode>(moment.calls.front().request);
  CHECK(request.action == "off");
  CHECK(request.lease_ids == std::map<std::string, int>{{"data", 1}});
}

TEST_CASE("3.2 step 7: without the policy the power is taken at once, and no lease is asked for") {
  Moment moment;
  moment.treat();
  CHECK(moment.daemon_restarted(false) == Codes{9017, 9020});
  CHECK(std::get<rpc::FenceNode>(moment.calls.front().request).lease_ids.empty());
}

TEST_CASE("3.2 after the quarantine hosts with power management are treated again, once") {
  Moment moment;
  moment.now = Instant(seconds(299));
  moment.host("host-a2").status = HostStatus::NonResponsive;
  moment.host("host-a2").power_management = false;
  const auto again = [&] {
    Change change(moment.state, moment.now);
    treat_after_quarantine(change);
    return change.calls.size();
  };
  CHECK(again() == 0);
  moment.now = Instant(seconds(300));
  CHECK(again() == 1);  // host-a2 has no power management
  CHECK(moment.a1().fencing.flow);
  CHECK_FALSE(moment.host("host-a2").fencing.flow);
  moment.a1().fencing.flow.reset();
  CHECK(again() == 0);
}

TEST_CASE("3.2 after the quarantine a host that has come back is not treated") {
  Moment moment;
  moment.now = Instant(seconds(300));
  moment.a1().status = HostStatus::Up;
  Change change(moment.state, moment.now);
  treat_after_quarantine(change);
  CHECK(change.calls.empty());
}

}  // namespace
}  // namespace splitsite::reference
