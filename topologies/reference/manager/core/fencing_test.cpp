// Fencing from the silence to the host's return, in virtual time.
#include "topologies/reference/manager/core/fencing.hpp"

#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using Edit = void (*)(LabConfig&);

struct Lab : SimulatedCluster {
  explicit Lab(Edit edit = [](LabConfig&) {}) : SimulatedCluster(description(edit), {}) {
    REQUIRE(settle());
  }
  static LabConfig description(Edit edit) {
    LabConfig lab = lab_with_power_management();
    edit(lab);
    return lab;
  }
  std::string spm() const { return manager().pool.spm ? manager().pool.spm->str() : ""; }
  // A host that is not the SPM and runs the HA VM without a lease, which only fencing can free.
  std::string host_of(const char* vm_name) const { return vm(vm_name).run_on->str(); }
  int orders(const std::string& action) const {
    return static_cast<int>(std::count_if(calls().begin(), calls().end(), [&](const Call& call) {
      const auto* fence = std::get_if<rpc::FenceNode>(&call.request);
      return fence != nullptr && fence->action == action;
    }));
  }
  bool sees(const std::string& host, HostStatus status, Duration within) {
    return run_until(within, [&] { return seen(host).status == status; });
  }
  // An event of this code after the first one of that code.
  bool in_order(const std::vector<int>& codes) const {
    auto next = codes.begin();
    for (const AuditEvent& event : events()) {
      if (next != codes.end() && event.code == *next) ++next;
    }
    return next == codes.end();
  }
};

TEST_CASE("3.2 step 8: a dead host is restarted by proxy and comes back by itself") {
  Lab lab;
  const std::string host = lab.host_of("vm-6");
  lab.host(host).power_off();
  REQUIRE(lab.sees(host, HostStatus::Reboot, minutes(3)));
  REQUIRE(lab.sees(host, HostStatus::Up, minutes(3)));
  CHECK(lab.orders("off") == 1);
  CHECK(lab.orders("on") == 1);
  CHECK(lab.in_order({12, 142, 9017, 9018, 143, 21, 539, 9017, 9018, 20, 121, 14, 13}));
  CHECK(lab.count_events(9028) == 0);
}

TEST_CASE("3.2 an HA VM without a lease starts as soon as its host is fenced (2.1, 2.3)") {
  Lab lab;
  const std::string host = lab.host_of("vm-6");
  lab.host(host).power_off();
  REQUIRE(lab.sees(host, HostStatus::Reboot, minutes(3)));
  CHECK(lab.run_until(seconds(30), [&] {
    return lab.vm("vm-6").status == VmStatus::Up && lab.host_of("vm-6") != host;
  }));
  CHECK(lab.count_events(143) >= 1);
}

// RestartVdsVmsOperation asks for nobody's wish.
TEST_CASE("3.2 an HA VM whose host is fenced while it shuts down is restarted") {
  Lab lab;
  const std::string host = lab.host_of("vm-6");
  lab.host(host).ignore_shutdown = {VmId("vm-6")};
  REQUIRE(lab.ask(ShutdownVm{VmId("vm-6")}).ok());
  lab.run_for(seconds(1));
  REQUIRE(lab.vm("vm-6").user_stop);
  lab.host(host).power_off();
  REQUIRE(lab.sees(host, HostStatus::Reboot, minutes(3)));
  CHECK(lab.run_until(seconds(30), [&] {
    return lab.vm("vm-6").status == VmStatus::Up && lab.host_of("vm-6") != host;
  }));
  CHECK_FALSE(lab.vm("vm-6").user_stop);
}

TEST_CASE("2.1 without power management it stays Unknown, and 9028 says why") {
  Lab lab([](LabConfig& config) {
    for (NodeConfig& node : config.nodes) node.power_management = false;
  });
  const std::string host = lab.host_of("vm-6");
  lab.host(host).power_off();
  lab.run_for(minutes(20));
  CHECK(lab.vm("vm-6").status == VmStatus::Unknown);
  CHECK(lab.count_events(9028) == 1);
  CHECK(lab.orders("off") == 0);
}

TEST_CASE("1.6 a fenced SPM is replaced at once: its ownership is not asked for any more") {
  Lab lab([](LabConfig& config) { config.dead_spm = DeadSpm::Stuck; });
  const std::string host = lab.spm();
  lab.host(host).power_off();
  REQUIRE(lab.sees(host, HostStatus::Reboot, minutes(3)));
  CHECK(lab.run_until(minutes(4), [&] {
    return lab.spm() != host && lab.manager().pool.status == DataCenterStatus::Up;
  }));
  CHECK(lab.spm_holders() == 1);
}

TEST_CASE("3.2 step 4: a daemon that hangs is restarted, and nobody's power is taken") {
  Lab lab;
  const std::string host = lab.host_of("vm-1");
  lab.host(host).daemon_hangs = true;
  REQUIRE(lab.sees(host, HostStatus::NonResponsive, minutes(3)));
  CHECK(lab.sees(host, HostStatus::Up, seconds(60)));
  lab.run_for(minutes(5));
  CHECK(lab.count_events(75) == 1);
  CHECK(lab.orders("off") == 0);
  CHECK(lab.host_of("vm-1") == host);
  CHECK(lab.copies(VmId("vm-1")) == 1);
}

TEST_CASE("3.2 step 4: where the daemon cannot be restarted either, the power goes") {
  Lab lab;
  const std::string host = lab.host_of("vm-1");
  lab.host(host).daemon_hangs = true;
  lab.host(host).restarts_daemon = false;
  CHECK(lab.sees(host, HostStatus::Reboot, minutes(5)));
  CHECK(lab.run_until(minutes(5), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
  CHECK(lab.copies(VmId("vm-1")) == 1);
}

TEST_CASE("3.2 step 7: a host that renews its lease is not fenced: 9014, its VMs run on") {
  Lab lab([](LabConfig& config) { config.fencing_policy.skip_if_sd_active = true; });
  const std::string host = lab.host_of("vm-1");
  lab.host(host).reachable = false;
  lab.run_for(minutes(20));
  CHECK(lab.count_events(9014) == 1);
  CHECK(lab.host(host).powered());
  CHECK(lab.seen(host).status == HostStatus::NonResponsive);
  CHECK(lab.copies(VmId("vm-1")) == 1);
}

TEST_CASE("3.2 step 7: without storage it does not renew, and is fenced") {
  Lab lab([](LabConfig& config) { config.fencing_policy.skip_if_sd_active = true; });
  const std::string host = lab.host_of("vm-1");
  lab.host(host).reachable = false;
  lab.host(host).storage = false;
  CHECK(lab.run_until(minutes(10), [&] { return lab.orders("on") == 1; }));
  CHECK(lab.count_events(9014) == 0);
}

TEST_CASE("3.2 step 3: a lost site is not fenced, its VMs with leases start in the other (8 #18)") {
  Lab lab([](LabConfig& config) { config.fencing_policy.skip_if_connectivity_broken = true; });
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  CHECK(lab.run_until(minutes(10), [&] {
    return lab.vm("vm-1").status == VmStatus::Up && lab.host_of("vm-1").substr(0, 6) == "host-b";
  }));
  CHECK(lab.count_events(9013) >= 1);
  CHECK(lab.orders("off") == 0);
}

TEST_CASE("8 #1 a site whose controller has no power either cannot be fenced: 9002, leases work") {
  Lab lab;
  lab.lost_controllers = {SiteId("a")};
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.run_for(minutes(15));
  CHECK(lab.count_events(9002) == 2);
  CHECK(lab.count_events(19) == 2);
  CHECK(lab.seen("host-a1").status == HostStatus::NonResponsive);
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
  CHECK(lab.vm("vm-6").status == VmStatus::Unknown);  // no lease: nobody may start it
}

TEST_CASE("3.2 step 8: power that does not go is looked at 19 times, 10 s apart: 9005, 9002") {
  Lab lab;
  lab.power_sticks = true;
  const std::string host = lab.host_of("vm-6");
  lab.host(host).reachable = false;
  REQUIRE(lab.sees(host, HostStatus::Reboot, minutes(3)));
  const Instant began = lab.now();
  const int asked = lab.orders("status");
  REQUIRE(lab.run_until(minutes(10), [&] { return lab.count_events(9005) == 1; }));
  CHECK(lab.orders("status") - asked == 19);
  CHECK(lab.now() - began >= seconds(5 + 18 * 10));
  CHECK(lab.now() - began < seconds(5 + 18 * 10 + 30));
  CHECK(lab.count_events(9002) == 1);
  CHECK(lab.seen(host).status == HostStatus::NonResponsive);
  CHECK(lab.vm("vm-6").status == VmStatus::Unknown);  // nothing was fenced: nothing is started
  CHECK(lab.copies(VmId("vm-6")) == 1);
}

TEST_CASE("8 #6 silence of 50 s does not fence") {
  Lab lab;
  lab.host("host-b1").reachable = false;
  lab.run_for(seconds(50));
  lab.host("host-b1").reachable = true;
  lab.run_for(minutes(10));
  CHECK(lab.orders("off") == 0);
  CHECK(lab.seen("host-b1").status == HostStatus::Up);
}

TEST_CASE("8 #7 flapping around the grace time never runs two treatments of one host at once") {
  Lab lab;
  const std::string host = lab.host_of("vm-1");
  int most = 0;
  lab.after_each_event = [&] {
    const int begun = lab.count_events(9017);
    const int ended = lab.count_events(9018) + lab.count_events(9019);
    most = std::max(most, begun - ended);
    REQUIRE(lab.copies(VmId("vm-1")) <= 1);
  };
  for (int i = 0; i < 20; ++i) {
    lab.host(host).reachable = false;
    lab.run_for(seconds(60 + 4 * i));
    lab.host(host).reachable = true;
    lab.run_for(seconds(5 + 7 * (i % 5)));
  }
  CHECK(lab.orders("off") >= 1);
  CHECK(most == 1);
}

TEST_CASE("3.1 a host that boots may be silent for 600 s, then it is NonResponsive, unfenced") {
  Lab lab;
  const std::string host = lab.host_of("vm-6");
  lab.host(host).reachable = false;
  REQUIRE(lab.run_until(minutes(5), [&] { return lab.count_events(121) == 1; }));
  lab.run_for(seconds(599));
  CHECK(lab.seen(host).status == HostStatus::Reboot);
  lab.run_for(seconds(2));
  CHECK(lab.seen(host).status == HostStatus::NonResponsive);
  lab.run_for(minutes(20));
  CHECK(lab.orders("off") == 1);
  lab.host(host).reachable = true;
  CHECK(lab.sees(host, HostStatus::Up, minutes(2)));
}

TEST_CASE("3.1 a booting host is looked for every 30 s") {
  Lab lab;
  const std::string host = lab.host_of("vm-6");
  lab.host(host).power_off();
  REQUIRE(lab.run_until(minutes(5), [&] { return lab.count_events(121) == 1; }));
  const Instant began = lab.now();
  REQUIRE(lab.sees(host, HostStatus::NonResponsive, minutes(2)));
  CHECK(lab.now() - began >= seconds(30));
  CHECK(lab.now() - began < seconds(32));
}

TEST_CASE("1.6 the SPM lost in the quarantine: no selection for three minutes, then as ever") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle_in_quarantine());
  const NodeId lost = *lab.manager().pool.spm;
  lab.host(lost.str()).power_off();
  const auto status = [&] { return lab.manager().pool.status; };
  REQUIRE(lab.run_until(minutes(4), [&] { return status() == DataCenterStatus::NotOperational; }));
  const Instant paused = lab.now();
  REQUIRE(lab.run_until(minutes(4), [&] { return status() != DataCenterStatus::NotOperational; }));
  CHECK(lab.now() - paused >= minutes(3));
  CHECK(lab.count_events(989) == 1);
  CHECK(lab.run_until(minutes(5), [&] { return status() == DataCenterStatus::Up; }));
  CHECK(lab.manager().pool.spm != lost);
}

TEST_CASE("1.7 a host that comes up ends the pause at once") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle_in_quarantine());
  const std::string lost = lab.manager().pool.spm->str();
  lab.host(lost).reachable = false;
  REQUIRE(lab.run_until(
      minutes(4), [&] { return lab.manager().pool.status == DataCenterStatus::NotOperational; }));
  const Instant paused = lab.now();
  lab.host(lost).reachable = true;
  REQUIRE(
      lab.run_until(minutes(1), [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
  CHECK(lab.now() - paused < minutes(1));
  CHECK(lab.manager().pool.spm->str() == lost);
}

TEST_CASE("1.6 the word that the SPM was rebooted ends the pause: 993, and a new one is selected") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle_in_quarantine());
  const NodeId lost = *lab.manager().pool.spm;
  lab.host(lost.str()).power_off();
  REQUIRE(lab.run_until(
      minutes(4), [&] { return lab.manager().pool.status == DataCenterStatus::NotOperational; }));
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Unknown);
  REQUIRE(lab.ask(FenceHost{lost}).ok());
  CHECK(lab.count_events(993) == 1);
  CHECK(lab.run_until(minutes(4), [&] {
    const PoolState& pool = lab.manager().pool;
    return pool.status == DataCenterStatus::Up && pool.spm && pool.spm != lost;
  }));
  CHECK(lab.manager().pool.master_domain == StorageDomainStatus::Active);
  CHECK(lab.count_events(989) == 0);
}

}  // namespace
}  // namespace splitsite::reference
