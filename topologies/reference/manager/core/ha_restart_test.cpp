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

// VdsManager.handleNetworkException: the exception that makes the host NonResponsive is the first.
TEST_CASE(
    "2.1 the restart is ordered by the tenth exception of a NonResponsive host, not earlier") {
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
      lab.run_until(seconds(100), [&] { return lab.seen(first).failed_attempts == attempts + 8; }));
  CHECK_FALSE(some_create());
  REQUIRE(lab.run_until(seconds(100), some_create));
  CHECK(std::max(lab.seen("host-a1").failed_attempts, lab.seen("host-a2").failed_attempts) ==
        attempts + 9);
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

// One VM's home lost its management link, and nothing else.
struct Isolated {
  Isolated() : lab(SimulatedCluster::stretch_lab(), {}) {
    REQUIRE(lab.settle());
    home = lab.vm("vm-1").run_on->str();
    before = lab.calls().size();
    lab.host(home).reachable = false;
  }
  std::vector<NodeId> creates() const {
    std::vector<NodeId> asked;
    for (std::size_t i = before; i < lab.calls().size(); ++i) {
      const auto* create = std::get_if<rpc::CreateVm>(&lab.calls()[i].request);
      if (create != nullptr && create->vm == VmId("vm-1")) asked.push_back(lab.calls()[i].host);
    }
    return asked;
  }

  SimulatedCluster lab;
  std::string home;
  std::size_t before = 0;
};

TEST_CASE("2.1 a refused restart is tried on one host, and again with the 101st exception") {
  Isolated story;
  SimulatedCluster& lab = story.lab;
  REQUIRE(lab.run_until(seconds(300), [&] { return !story.creates().empty(); }));
  const int at_first = lab.seen(story.home).failed_attempts;
  lab.run_for(seconds(10));
  CHECK(story.creates().size() == 1);  // -243, and nobody else is asked
  CHECK_FALSE(lab.vm("vm-1").start);
  CHECK(lab.vm("vm-1").status == VmStatus::Unknown);
  CHECK(lab.count_events(119) == 0);
  REQUIRE(lab.run_until(std::chrono::hours(1), [&] { return story.creates().size() == 2; }));
  CHECK(lab.seen(story.home).failed_attempts - at_first == 101);
}

TEST_CASE("2.1 a host without VMs counts no exceptions") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  lab.run_for(seconds(30));
  lab.host("host-b2").power_off();
  lab.run_for(seconds(600));
  CHECK(lab.seen("host-b2").status == HostStatus::NonResponsive);
  CHECK(lab.seen("host-b2").exceptions_until_lease_restart == 10);
}

TEST_CASE("2.1 lease restarts go by priority, and do not wait for each other") {
  LabConfig description = SimulatedCluster::stretch_lab();
  for (VmConfig& vm : description.vms) {
    if (vm.name == VmId("vm-3")) vm.priority = 100;
    if (vm.name == VmId("vm-2")) vm.priority = 50;
  }
  SimulatedCluster lab(description, {});
  REQUIRE(lab.settle());
  for (const char* vm : {"vm-1", "vm-2", "vm-3"}) lab.ask(MigrateVm{VmId(vm), NodeId("host-a1")});
  lab.run_for(seconds(30));
  for (const char* vm : {"vm-1", "vm-2", "vm-3"}) REQUIRE(lab.vm(vm).run_on == NodeId("host-a1"));
  const std::size_t before = lab.calls().size();
  lab.host("host-a1").power_off();
  std::vector<VmId> order;
  REQUIRE(lab.run_until(seconds(300), [&] {
    order.clear();
    for (std::size_t i = before; i < lab.calls().size(); ++i) {
      const auto* create = std::get_if<rpc::CreateVm>(&lab.calls()[i].request);
      if (create != nullptr) order.push_back(create->vm);
    }
    return order.size() == 3;
  }));
  CHECK(order == std::vector<VmId>{VmId("vm-3"), VmId("vm-2"), VmId("vm-1")});
  CHECK(lab.copies(VmId("vm-3")) == 0);  // it waits for its lease, and the others do not for it
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

}  // namespace
}  // namespace splitsite::reference
