#include "topologies/reference/manager/core/host_monitoring.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// One host that answers once and is then only heard of through `fail`.
struct OneHost {
  OneHost() : state(initial_state(SimulatedCluster::stretch_lab(), {}, now)) {
    feed(PollAnswered{
        .host = a1,
        .asked = now,
        .stats = {.storage = {.connected = true, .lun_visible = true, .lockspace_joined = true}}});
  }
  void feed(const Input& input) { state = step(std::move(state), input, now).state; }
  void fail_after(Duration wait) {
    now += wait;
    feed(PollFailed{.host = a1, .kind = NetworkFailure::Refused, .why = "refused"});
  }
  HostStatus status() const { return state.hosts.at(a1).status; }

  const NodeId a1{"host-a1"};
  Instant now{std::chrono::hours(1)};
  ClusterState state;
};

TEST_CASE("3.1 the first network exception makes an Up host Connecting") {
  OneHost host;
  REQUIRE(host.status() == HostStatus::Up);
  host.fail_after(seconds(3));
  CHECK(host.status() == HostStatus::Connecting);
  CHECK(host.state.events.back().code == 9008);
}

TEST_CASE("3.1 many attempts alone do not make a host NonResponsive") {
  OneHost host;
  for (int i = 0; i < 20; ++i) host.fail_after(seconds(3));
  CHECK(host.status() == HostStatus::Connecting);  // exactly 60 s: not exceeded
  host.fail_after(milliseconds(1));
  CHECK(host.status() == HostStatus::NonResponsive);
}

TEST_CASE("3.1 long silence alone does not make a host NonResponsive") {
  OneHost host;
  host.fail_after(seconds(100));
  host.fail_after(seconds(100));
  CHECK(host.status() == HostStatus::Connecting);
  host.fail_after(seconds(1));  // the third attempt
  CHECK(host.status() == HostStatus::NonResponsive);
}

TEST_CASE("3.1 the SPM has 20 s more and each VM gives half a second") {
  OneHost host;
  CHECK(silence_allowed(host.state, host.state.hosts.at(host.a1)) == seconds(60));
  host.state.pool.spm = host.a1;
  CHECK(silence_allowed(host.state, host.state.hosts.at(host.a1)) == seconds(80));
  for (const char* name : {"vm-1", "vm-2", "vm-3"}) {
    host.state.vms.at(VmId(name)).run_on = host.a1;
    host.state.vms.at(VmId(name)).status = VmStatus::Up;
  }
  CHECK(silence_allowed(host.state, host.state.hosts.at(host.a1)) == milliseconds(81500));
}

TEST_CASE("3.1 a host that never answered is NonResponsive by attempts alone") {
  OneHost host;
  host.state = initial_state(SimulatedCluster::stretch_lab(), {}, host.now);
  host.fail_after(seconds(1));
  host.fail_after(seconds(1));
  CHECK(host.status() == HostStatus::Connecting);
  host.fail_after(seconds(1));
  CHECK(host.status() == HostStatus::NonResponsive);
}

TEST_CASE("3.1 a short silence ends where it began") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-b2").reachable = false;
  REQUIRE(lab.run_until(seconds(10),
                        [&] { return lab.seen("host-b2").status == HostStatus::Connecting; }));
  lab.run_for(seconds(30));
  lab.host("host-b2").reachable = true;
  lab.run_for(seconds(10));
  CHECK(lab.seen("host-b2").status == HostStatus::Up);
  CHECK(lab.count_events(12) == 0);
}

TEST_CASE(
    "A host comes back from a reboot by Initializing and is Up once it joined the lockspace") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const Instant off = lab.now();
  lab.host("host-b2").power_off();
  lab.run_for(seconds(20));
  lab.host("host-b2").power_on();
  REQUIRE(lab.run_until(seconds(30),
                        [&] { return lab.seen("host-b2").status == HostStatus::Initializing; }));
  REQUIRE(
      lab.run_until(seconds(300), [&] { return lab.seen("host-b2").status == HostStatus::Up; }));
  CHECK(lab.host("host-b2").joined());
  // 2.6: a host id that was not left cleanly can be joined 140 s after its last renewal.
  CHECK(lab.now() - off >= seconds(120));
}

TEST_CASE("3.1 an Initializing host that never joins becomes NonOperational after three minutes") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  lab.host("host-b2").storage = false;
  lab.run_for(seconds(170));
  CHECK(lab.seen("host-b2").status == HostStatus::Initializing);
  lab.run_for(seconds(20));
  CHECK(lab.seen("host-b2").status == HostStatus::NonOperational);
  CHECK(lab.count_events(522) == 1);
  // 3.3: auto recovery tries again.
  lab.host("host-b2").storage = true;
  CHECK(lab.run_until(seconds(320), [&] { return lab.seen("host-b2").status == HostStatus::Up; }));
}

TEST_CASE("3.3 a host that alone loses its storage is NonOperational after five minutes") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").storage = false;
  lab.run_for(seconds(290));
  CHECK(lab.seen("host-a1").status == HostStatus::Up);
  lab.run_for(seconds(20));
  CHECK(lab.seen("host-a1").status == HostStatus::NonOperational);
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Active);
}

TEST_CASE("3.3 a domain no Up host can read becomes Inactive, and its hosts stay Up") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  for (const char* name : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    lab.host(name).storage = false;
  }
  lab.run_for(seconds(310));
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Inactive);
  CHECK(lab.count_events(970) == 1);
  CHECK(lab.seen("host-a1").status == HostStatus::Up);
}

}  // namespace
}  // namespace splitsite::reference
