// The ordinary HA runner (fact 2.3): VMs that are known to be down with an error.
#include <algorithm>
#include <utility>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/ha_restart.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

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
  // The first try at once, nine more every 30 s, then every half hour.
  CHECK(lab.vm("vm-4").ha_restart->tries == 10);
  lab.run_for(seconds(1400));
  CHECK(lab.vm("vm-4").ha_restart->tries == 10);
  lab.run_for(seconds(600));
  CHECK(lab.vm("vm-4").ha_restart->tries == 11);
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

// Nobody can take vm-1, whose priority is the highest: vm-2 is blocked for ten minutes, no longer.
TEST_CASE("2.3 a blocked VM waits for a higher priority for ten minutes in all") {
  ClusterState state = initial_state(SimulatedCluster::stretch_lab(), {}, Instant{});
  Instant now{std::chrono::hours(1)};
  HostState& host = state.hosts.at(NodeId("host-b1"));
  host.status = HostStatus::Up;
  host.memory_free_mib = host.memory_total_mib = 1000;
  host.last_contact = now;
  host.storage = {.connected = true, .lockspace_joined = true, .error = ""};
  for (const char* name : {"vm-1", "vm-2"}) {
    VmState& vm = state.vms.at(VmId(name));
    vm.ended_with_error = true;
    vm.ha_restart = HaRestart{.next_try = now};
  }
  state.vms.at(VmId("vm-1")).priority = 100;
  state.vms.at(VmId("vm-1")).memory_mib = 5000;
  int created = 0;
  const auto run = [&](Duration time) {
    for (const Instant end = now + time; now < end; now += seconds(1)) {
      Step result = step(std::move(state), Tick{}, now);
      state = std::move(result.state);
      for (const Call& call : result.calls) {
        created += std::holds_alternative<rpc::CreateVm>(call.request) ? 1 : 0;
      }
    }
  };
  run(seconds(600));
  CHECK(created == 0);
  run(seconds(5));
  CHECK(created == 1);
  CHECK(state.vms.at(VmId("vm-2")).start);
}

TEST_CASE("2.3 a lower priority waits until the higher one is Up, not only started") {
  LabConfig description = SimulatedCluster::stretch_lab();
  for (VmConfig& vm : description.vms) {
    if (vm.name == VmId("vm-1")) vm.priority = 100;
  }
  SimulatedCluster lab(description, {});
  REQUIRE(lab.settle());
  const std::size_t before = lab.calls().size();
  for (const char* name : {"vm-1", "vm-2"}) {
    lab.host(lab.vm(name).run_on->str()).kill_vm(VmId(name), lab.now());
  }
  const auto created = [&](const char* name) {
    return std::any_of(lab.calls().begin() + static_cast<long>(before), lab.calls().end(),
                       [&](const Call& call) {
                         const auto* create = std::get_if<rpc::CreateVm>(&call.request);
                         return create != nullptr && create->vm == VmId(name);
                       });
  };
  REQUIRE(lab.run_until(seconds(10), [&] { return created("vm-1"); }));
  REQUIRE(lab.run_until(seconds(30), [&] {
    if (lab.vm("vm-1").status != VmStatus::Up) REQUIRE_FALSE(created("vm-2"));
    return created("vm-2");
  }));
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
}

TEST_CASE("2.3 a Manager that starts again queues the HA VMs that are down with an error") {
  ClusterState state = initial_state(SimulatedCluster::stretch_lab(), {}, Instant{});
  state.vms.at(VmId("vm-1")).ended_with_error = true;
  state.vms.at(VmId("vm-5")).ended_with_error = true;  // not highly available
  queue_failed_ha_vms(state, Instant{});
  for (const auto& [name, vm] : state.vms) {
    CHECK(vm.ha_restart.has_value() == (name == VmId("vm-1")));
  }
}

TEST_CASE("2.3 what was shut down from within the guest stays down") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  lab.host(lab.vm("vm-1").run_on->str()).shut_down_from_within(VmId("vm-1"), lab.now());
  lab.run_for(seconds(120));
  CHECK(lab.vm("vm-1").status == VmStatus::Down);
  CHECK(lab.count_events(61) == 1);
  CHECK(lab.count_events(9602) == 0);
}

// VmAnalyzer: PoweringDown to Up is a shutdown that failed, and the exit code alone tells a crash.
TEST_CASE("2.3 a VM whose guest ignored a shutdown is restarted when it crashes later") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  SimulatedHost& home = lab.host(lab.vm("vm-1").run_on->str());
  home.ignore_shutdown = {VmId("vm-1")};
  REQUIRE(lab.ask(ShutdownVm{VmId("vm-1"), "drill"}).ok());
  lab.run_for(seconds(10));
  CHECK(lab.vm("vm-1").status == VmStatus::PoweringDown);
  CHECK(lab.count_events(147) == 0);
  REQUIRE(lab.run_until(seconds(30), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
  CHECK(lab.count_events(147) == 1);
  CHECK(lab.events().back().description == "Shutdown of VM vm-1 failed.");
  CHECK_FALSE(lab.vm("vm-1").user_stop);
  CHECK(lab.vm("vm-1").stop_reason == "drill");
  lab.run_for(seconds(60));
  home.kill_vm(VmId("vm-1"), lab.now());
  CHECK(lab.run_until(seconds(5), [&] { return lab.count_events(9602) == 1; }));
  CHECK(lab.run_until(seconds(30), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
}

// RunVmCommand.validate: the user is refused, and the HA runner starts it when a host is ready.
TEST_CASE("2.2 a user's start before any host has joined the lockspace: refused, and done later") {
  const Instant now{std::chrono::hours(1)};
  ClusterState state = initial_state(SimulatedCluster::stretch_lab(), {}, now);
  HostState& host = state.hosts.at(NodeId("host-b1"));
  host.status = HostStatus::Up;
  host.memory_free_mib = host.memory_total_mib = 1000;
  host.storage = {.connected = true, .lockspace_joined = false, .error = ""};
  state.pool.status = DataCenterStatus::Up;
  state.pool.proxy = state.pool.spm = host.name;
  state.pool.master_domain = StorageDomainStatus::Active;
  Step refused = step(std::move(state), UserCommand(StartVm{VmId("vm-4")}), now);
  CHECK(refused.reply->status == 409);
  CHECK(refused.reply->detail.find("VmLeasesReady") != std::string::npos);
  refused.state.hosts.at(NodeId("host-b1")).storage.lockspace_joined = true;
  const Step ready = step(std::move(refused.state), Tick{}, now + seconds(2));
  CHECK(ready.state.vms.at(VmId("vm-4")).start);
}

}  // namespace
}  // namespace splitsite::reference
