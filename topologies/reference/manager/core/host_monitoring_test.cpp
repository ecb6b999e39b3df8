#include "topologies/reference/manager/core/host_monitoring.hpp"

#include <algorithm>

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
  void answer_after(Duration wait) {
    now += wait;
    PollAnswered poll{.host = a1, .asked = now};
    poll.stats.storage = {.connected = true, .lun_visible = true, .lockspace_joined = true};
    feed(poll);
  }
  void recover_after(Duration wait) {
    now += wait;
    feed(PollRefused{
        .host = a1, .error = {.code = static_cast<int>(rpc::Code::Recovering), .message = "wait"}});
    feed(Tick{});
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
  CHECK(host.state.events.back().code == 9027);
}

TEST_CASE("3.1 with power management the event says that it will be fenced") {
  OneHost host;
  host.state.hosts.at(host.a1).power_management = true;
  host.fail_after(seconds(3));
  CHECK(host.state.events.back().code == 9008);
}

TEST_CASE("3.1 event 9027 comes no more often than every three minutes, 9008 each time") {
  for (const bool power_management : {false, true}) {
    OneHost host;
    host.state.hosts.at(host.a1).power_management = power_management;
    int said = 0;
    for (int i = 0; i < 10; ++i) {
      host.fail_after(seconds(10));
      if (host.state.events.back().at == host.now) ++said;
      host.answer_after(seconds(10));
      REQUIRE(host.status() == HostStatus::Up);
    }
    CHECK(said == (power_management ? 10 : 2));
  }
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

TEST_CASE("2.2 a host is Up when its storage is connected; VmLeasesReady covers the lockspace") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const Instant off = lab.now();
  lab.host("host-b2").power_off();
  lab.run_for(seconds(20));
  lab.host("host-b2").power_on();
  REQUIRE(lab.run_until(seconds(10),
                        [&] { return lab.seen("host-b2").status == HostStatus::Initializing; }));
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.seen("host-b2").status == HostStatus::Up; }));
  CHECK_FALSE(lab.host("host-b2").joined());
  CHECK(lab.ask(MigrateVm{VmId("vm-4"), NodeId("host-b2")}).status == 409);
  REQUIRE(lab.run_until(seconds(300), [&] { return lab.host("host-b2").joined(); }));
  // 2.6: a host id that was not left cleanly can be joined 140 s after its last renewal.
  CHECK(lab.now() - off >= seconds(120));
}

TEST_CASE("3.1 a daemon that recovers has three minutes: then NonOperational, event 19") {
  OneHost host;
  host.recover_after(seconds(3));
  CHECK(host.status() == HostStatus::Initializing);
  const auto& events = host.state.events;
  CHECK(std::any_of(events.begin(), events.end(), [](auto& event) { return event.code == 514; }));
  for (int i = 0; i < 59; ++i) host.recover_after(seconds(3));
  CHECK(host.status() == HostStatus::Initializing);
  host.recover_after(seconds(6));
  CHECK(host.status() == HostStatus::NonOperational);
  CHECK(host.state.hosts.at(host.a1).status_detail == "timeout_recovering_from_crash");
  CHECK(host.state.events.back().code == 19);
}

TEST_CASE("3.1 a daemon that has recovered in time is Up") {
  OneHost host;
  for (int i = 0; i < 50; ++i) host.recover_after(seconds(3));
  host.answer_after(seconds(3));
  CHECK(host.status() == HostStatus::Up);
  CHECK(host.state.events.back().code == 13);
}

TEST_CASE(
    "3.1 a short silence ends with a look at the storage: who cannot read is NonOperational") {
  for (const bool others_read : {true, false}) {
    OneHost host;
    host.state.pool.master_domain =
        others_read ? StorageDomainStatus::Active : StorageDomainStatus::Unknown;
    host.fail_after(seconds(3));
    PollAnswered poll{.host = host.a1, .asked = host.now};
    poll.stats.storage = {.connected = true, .lun_visible = true, .lun_error = "I/O error"};
    host.feed(poll);
    CHECK(host.status() == (others_read ? HostStatus::NonOperational : HostStatus::Up));
  }
}

TEST_CASE(
    "3.1 a host whose storage cannot be connected is NonOperational when the call has timed out") {
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

// Its last check is too old for the Manager 30 s after the loss; the five minutes begin there.
TEST_CASE("3.3 a host that alone loses its storage is NonOperational after five minutes") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").storage = false;
  lab.run_for(seconds(325));
  CHECK(lab.seen("host-a1").status == HostStatus::Up);
  lab.run_for(seconds(15));
  CHECK(lab.seen("host-a1").status == HostStatus::NonOperational);
  CHECK(lab.seen("host-a1").status_detail == "storage_domain_unreachable");
  CHECK(lab.count_events(522) == 1);
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Active);
}

TEST_CASE("3.3 the timer is the domain's: a host that joins in late goes with the first") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").storage = false;
  lab.run_for(seconds(280));
  lab.host("host-a2").storage = false;
  lab.run_for(seconds(60));
  CHECK(lab.seen("host-a1").status == HostStatus::NonOperational);
  CHECK(lab.seen("host-a2").status == HostStatus::NonOperational);
}

// IrsProxyImpl keeps what a host reported that has fallen silent since.
TEST_CASE("3.3 the timer runs on when the host that reported first falls silent") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-b1").storage = false;
  lab.run_for(seconds(120));
  lab.host("host-b1").reachable = false;
  lab.run_for(seconds(80));
  REQUIRE(lab.seen("host-b1").status != HostStatus::Up);
  CHECK(lab.manager().pool.domain_problem.hosts == std::set<NodeId>{NodeId("host-b1")});
  lab.host("host-b2").storage = false;
  lab.run_for(seconds(125));
  CHECK(lab.seen("host-b2").status == HostStatus::Up);
  lab.run_for(seconds(15));
  CHECK(lab.seen("host-b2").status == HostStatus::NonOperational);
  CHECK(lab.count_events(522) == 1);
  CHECK(lab.manager().pool.domain_problem.hosts.empty());
}

TEST_CASE("3.3 a host takes its report into maintenance, and a NonOperational one takes it back") {
  const NodeId b1("host-b1");
  const auto left_after = [&](HostStatus status) {
    SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
    REQUIRE(lab.settle());
    ClusterState state = lab.manager();
    state.pool.domain_problem = {.hosts = {b1}, .since = lab.now()};
    state.hosts.at(b1).status = status;
    PollAnswered poll{.host = b1, .asked = lab.now()};
    poll.stats = std::get<rpc::HostStats>(lab.host("host-b1").handle(rpc::GetStats{}, lab.now()));
    const Step reported = step(std::move(state), poll, lab.now());
    const Step seen = step(reported.state, Tick{}, lab.now() + seconds(1));
    return !seen.state.pool.domain_problem.hosts.empty();
  };
  CHECK(left_after(HostStatus::PreparingForMaintenance));
  CHECK_FALSE(left_after(HostStatus::Maintenance));
  CHECK_FALSE(left_after(HostStatus::NonOperational));
}

TEST_CASE("3.3 storage that comes back within five minutes leaves the host Up") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-b1").storage = false;
  lab.run_for(seconds(320));
  lab.host("host-b1").storage = true;
  lab.run_for(seconds(300));
  CHECK(lab.seen("host-b1").status == HostStatus::Up);
  CHECK(lab.count_events(522) == 0);
}

// The only data domain is the master, and cannot be reconstructed elsewhere
// (ReconstructMasterDomainCommand): Inactive, no SPM, a problematic data center, event 985.
TEST_CASE("3.3 a master domain no Up host can read becomes Inactive, and its hosts stay Up") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const auto all = {"host-a1", "host-a2", "host-b1", "host-b2"};
  for (const char* name : all) lab.host(name).storage = false;
  lab.run_for(seconds(325));
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Active);
  lab.run_for(seconds(20));
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Inactive);
  CHECK(lab.manager().pool.status == DataCenterStatus::Problematic);
  CHECK(lab.count_events(985) == 1);
  CHECK(lab.count_events(522) + lab.count_events(970) == 0);
  for (const char* name : all) CHECK(lab.seen(name).status == HostStatus::Up);
  // One host that reads it again makes it Active, and an SPM can be chosen.
  lab.host("host-b1").storage = true;
  CHECK(lab.run_until(seconds(10), [&] {
    return lab.manager().pool.master_domain == StorageDomainStatus::Active;
  }));
  CHECK(lab.run_until(seconds(200),
                      [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
}

TEST_CASE("3.3 with no Up host the domain is Unknown, and Active again with the SPM") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const auto all = {"host-a1", "host-a2", "host-b1", "host-b2"};
  for (const char* name : all) lab.host(name).reachable = false;
  REQUIRE(lab.run_until(seconds(60), [&] {
    return lab.manager().pool.master_domain == StorageDomainStatus::Unknown;
  }));
  for (const char* name : all) lab.host(name).reachable = true;
  CHECK(lab.run_until(seconds(60), [&] {
    return lab.manager().pool.master_domain == StorageDomainStatus::Active;
  }));
}

TEST_CASE("3.3 a slow domain is worth event 524 once an hour, and nothing else") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host("host-a1").storage_delay = seconds(4);
  lab.run_for(seconds(60));
  CHECK(lab.count_events(524) == 0);
  lab.host("host-a1").storage_delay = seconds(6);
  lab.run_for(std::chrono::minutes(61));
  CHECK(lab.count_events(524) == 2);
  CHECK(lab.seen("host-a1").status == HostStatus::Up);
}

TEST_CASE("3.3 with nobody reading the domain, a host that starts without storage is Up") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  for (const char* name : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    lab.host(name).storage = false;
  }
  lab.run_for(seconds(170));
  CHECK(lab.seen("host-b2").status == HostStatus::Initializing);
  lab.run_for(seconds(20));
  CHECK(lab.seen("host-b2").status == HostStatus::Up);
}

}  // namespace
}  // namespace splitsite::reference
