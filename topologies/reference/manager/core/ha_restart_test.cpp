#include "topologies/reference/manager/core/ha_restart.hpp"

#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

// Site a loses its power with everything running where it belongs.
struct PrimaryLost {
  PrimaryLost() : lab(SimulatedCluster::stretch_lab(), {}) {
    REQUIRE(lab.settle());
    lost = lab.now();
    calls_before = lab.calls().size();
    lab.host("host-a1").power_off();
    lab.host("host-a2").power_off();
  }
  long creates_of(const std::string& vm) const {
    return std::count_if(lab.calls().begin() + static_cast<long>(calls_before), lab.calls().end(),
                         [&](const Call& call) {
                           const auto* create = std::get_if<rpc::CreateVm>(&call.request);
                           return create != nullptr && create->vm == VmId(vm);
                         });
  }
  bool is_up_in_b(const std::string& vm) const {
    const VmState& seen = lab.vm(vm);
    return seen.status == VmStatus::Up && seen.run_on->str().substr(0, 6) == "host-b";
  }

  SimulatedCluster lab;
  Instant lost{};
  std::size_t calls_before = 0;
};

TEST_CASE("2.1 VMs with a lease restart in the other site, not before their lease can be dead") {
  PrimaryLost story;
  for (const char* vm : {"vm-1", "vm-2", "vm-3"}) {
    REQUIRE(story.lab.run_until(seconds(400), [&] { return story.lab.copies(VmId(vm)) == 1; }));
    CHECK(story.lab.now() - story.lost >= seconds(120));
    CHECK(story.lab.now() - story.lost <= seconds(210));
    REQUIRE(story.lab.run_until(seconds(30), [&] { return story.is_up_in_b(vm); }));
  }
  CHECK(story.lab.count_events(142) == 5);
}

TEST_CASE("2.1 the restart is ordered by the tenth exception after NonResponsive, not earlier") {
  PrimaryLost story;
  SimulatedCluster& lab = story.lab;
  const auto a_is_gone = [&](const std::string& host) {
    return lab.seen(host).status == HostStatus::NonResponsive;
  };
  REQUIRE(
      lab.run_until(seconds(120), [&] { return a_is_gone("host-a1") || a_is_gone("host-a2"); }));
  const std::string first = a_is_gone("host-a1") ? "host-a1" : "host-a2";
  const int attempts = lab.seen(first).failed_attempts;
  const auto some_create = [&] {
    return story.creates_of("vm-1") + story.creates_of("vm-2") + story.creates_of("vm-3") > 0;
  };
  REQUIRE(
      lab.run_until(seconds(100), [&] { return lab.seen(first).failed_attempts == attempts + 9; }));
  CHECK_FALSE(some_create());
  REQUIRE(lab.run_until(seconds(100), some_create));
  CHECK(std::max(lab.seen("host-a1").failed_attempts, lab.seen("host-a2").failed_attempts) ==
        attempts + 10);
}

TEST_CASE("2.1 without HA, or without a lease, a VM of a silent host stays Unknown") {
  PrimaryLost story;
  story.lab.run_for(std::chrono::hours(2));
  for (const char* vm : {"vm-5", "vm-6"}) {
    CHECK(story.lab.vm(vm).status == VmStatus::Unknown);
    CHECK(story.lab.vm(vm).run_on->str().substr(0, 6) == "host-a");
    CHECK(story.creates_of(vm) == 0);
  }
}

TEST_CASE("2.2 an Unknown VM keeps its old host until the new one reports it as starting") {
  PrimaryLost story;
  SimulatedCluster& lab = story.lab;
  REQUIRE(lab.run_until(seconds(200), [&] { return story.creates_of("vm-1") > 0; }));
  const NodeId old_host = *lab.vm("vm-1").run_on;
  while (lab.copies(VmId("vm-1")) == 0) {
    CHECK(lab.vm("vm-1").status == VmStatus::Unknown);
    CHECK(*lab.vm("vm-1").run_on == old_host);
    lab.run_for(seconds(5));
  }
  REQUIRE(lab.run_until(seconds(10), [&] { return lab.vm("vm-1").status != VmStatus::Unknown; }));
  CHECK(lab.vm("vm-1").run_on->str().substr(0, 6) == "host-b");
}

TEST_CASE("2.7 a host that only lost the Manager keeps its VMs: -243, and no second copy ever") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.after_each_event = [&] {
    for (const auto& [name, vm] : lab.manager().vms) REQUIRE(lab.copies(name) <= 1);
  };
  const NodeId home = *lab.vm("vm-1").run_on;
  lab.host(home.str()).reachable = false;
  lab.run_for(seconds(400));
  CHECK(lab.vm("vm-1").status == VmStatus::Unknown);
  CHECK(lab.count_events(9603) >= 1);  // refused by every host that was tried
  CHECK(lab.count_events(119) >= 2);
  lab.host(home.str()).reachable = true;
  lab.run_for(seconds(20));
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
  CHECK(*lab.vm("vm-1").run_on == home);
  CHECK_FALSE(lab.vm("vm-1").start);
}

TEST_CASE("2.1 after a refused restart the next one comes with the 101st exception") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const NodeId home = *lab.vm("vm-1").run_on;
  lab.host(home.str()).reachable = false;
  REQUIRE(lab.run_until(seconds(300), [&] { return lab.count_events(9603) >= 1; }));
  const int at_first = lab.seen(home.str()).failed_attempts;
  const auto creates = [&] {
    return std::count_if(lab.calls().begin(), lab.calls().end(), [](const Call& call) {
      const auto* create = std::get_if<rpc::CreateVm>(&call.request);
      return create != nullptr && create->vm == VmId("vm-1");
    });
  };
  lab.run_for(seconds(10));
  const auto before = creates();
  REQUIRE(lab.run_until(std::chrono::hours(1), [&] { return creates() > before; }));
  CHECK(lab.seen(home.str()).failed_attempts - at_first >= 100);
  CHECK(lab.seen(home.str()).failed_attempts - at_first <= 101);
}

TEST_CASE("2.7 a returned host that no longer runs a VM without HA leaves it Down, not restarted") {
  PrimaryLost story;
  SimulatedCluster& lab = story.lab;
  lab.run_for(seconds(300));
  lab.host("host-a1").power_on();
  lab.host("host-a2").power_on();
  REQUIRE(lab.run_until(seconds(60), [&] { return lab.vm("vm-5").status == VmStatus::Down; }));
  lab.run_for(seconds(600));
  CHECK(lab.vm("vm-5").status == VmStatus::Down);
  CHECK(story.creates_of("vm-5") == 0);
}

TEST_CASE("2.3 a returned host that no longer runs an HA VM without lease has it restarted") {
  PrimaryLost story;
  SimulatedCluster& lab = story.lab;
  lab.run_for(seconds(300));
  lab.host("host-a1").power_on();
  lab.host("host-a2").power_on();
  CHECK(lab.run_until(seconds(300), [&] { return lab.vm("vm-6").status == VmStatus::Up; }));
  CHECK(story.creates_of("vm-6") == 1);
}

TEST_CASE("2.3 an HA VM whose QEMU dies is restarted at once, others are not") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host(lab.vm("vm-1").run_on->str()).kill_vm(VmId("vm-1"), lab.now());
  lab.host(lab.vm("vm-5").run_on->str()).kill_vm(VmId("vm-5"), lab.now());
  REQUIRE(lab.run_until(seconds(5), [&] { return lab.count_events(9602) == 1; }));
  CHECK(lab.run_until(seconds(20), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
  lab.run_for(seconds(60));
  CHECK(lab.vm("vm-5").status == VmStatus::Down);
}

TEST_CASE("2.3 what the user or the guest shut down stays down") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(ShutdownVm{VmId("vm-1")}).ok());
  REQUIRE(lab.ask(StopVm{VmId("vm-2")}).ok());
  lab.run_for(seconds(120));
  CHECK(lab.vm("vm-1").status == VmStatus::Down);
  CHECK(lab.vm("vm-2").status == VmStatus::Down);
  CHECK(lab.copies(VmId("vm-1")) + lab.copies(VmId("vm-2")) == 0);
}

TEST_CASE("2.3 with nowhere to go the runner keeps trying, ten times quickly, then rarely") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  // Nobody is left who could take an HA VM: three hosts in maintenance is more than needed.
  const NodeId home = *lab.vm("vm-4").run_on;
  for (const char* name : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    if (NodeId(name) == home) continue;
    REQUIRE(lab.run_until(seconds(60), [&] {
      return lab.manager().pool.status == DataCenterStatus::Up;  // an SPM is there to let go
    }));
    REQUIRE(lab.ask(DeactivateHost{NodeId(name), ""}).ok());
    REQUIRE(lab.run_until(seconds(60),
                          [&] { return lab.seen(name).status == HostStatus::Maintenance; }));
  }
  lab.host(home.str()).storage = false;
  REQUIRE(lab.run_until(seconds(300), [&] { return lab.vm("vm-4").status == VmStatus::Down; }));
  lab.run_for(seconds(310));
  const int quick = lab.vm("vm-4").ha_restart->tries;
  CHECK(quick >= 10);
  lab.run_for(seconds(1800));
  CHECK(lab.vm("vm-4").ha_restart->tries <= quick + 2);
  lab.host(home.str()).storage = true;
  CHECK(lab.run_until(seconds(1900), [&] { return lab.vm("vm-4").status == VmStatus::Up; }));
}

TEST_CASE("2.3 a lower priority waits for the higher one, but ten minutes at most") {
  LabConfig description = SimulatedCluster::stretch_lab();
  for (VmConfig& vm : description.vms) {
    if (vm.name == VmId("vm-1")) vm.priority = 100;
  }
  SimulatedCluster lab(description, {});
  REQUIRE(lab.settle());
  for (const char* name : {"vm-1", "vm-2"}) {
    lab.host(lab.vm(name).run_on->str()).kill_vm(VmId(name), lab.now());
  }
  std::vector<VmId> order;
  const std::size_t before = lab.calls().size();
  lab.run_for(seconds(30));
  for (std::size_t i = before; i < lab.calls().size(); ++i) {
    if (const auto* create = std::get_if<rpc::CreateVm>(&lab.calls()[i].request)) {
      order.push_back(create->vm);
    }
  }
  CHECK(order == std::vector<VmId>{VmId("vm-1"), VmId("vm-2")});
}

}  // namespace
}  // namespace splitsite::reference
