// Known bugs and oddities of oVirt (fact sheet, section 8), as far as the core can show them. The
// number in a test's name is the row's. 6, 7 are also fencing's, 4 and 8 need what is not here.
#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const VmId vm1("vm-1");

struct Settled {
  explicit Settled(LabConfig description = SimulatedCluster::stretch_lab()) : lab(description, {}) {
    REQUIRE(lab.settle());
    lab.after_each_event = [this] {
      for (const auto& [name, vm] : lab.manager().vms) REQUIRE(lab.copies(name) <= 1);
      REQUIRE(lab.spm_holders() <= 1);
    };
  }
  std::string spm() const { return lab.manager().pool.spm ? lab.manager().pool.spm->str() : ""; }
  bool data_center_up_within(Duration bound) {
    return lab.run_until(bound, [&] { return lab.manager().pool.status == DataCenterStatus::Up; });
  }
  SimulatedCluster lab;
};

TEST_CASE("8.2 an SPM that lost its lease silently never makes a second one") {
  Settled story;
  const std::string first = story.spm();
  story.lab.host(first).storage = false;
  story.lab.run_for(seconds(160));
  CHECK(story.lab.host(first).spm() != rpc::SpmRole::Spm);
  REQUIRE(story.data_center_up_within(seconds(200)));
  CHECK(story.spm() != first);
  story.lab.host(first).storage = true;
  story.lab.run_for(minutes(10));
  CHECK(story.lab.spm_holders() == 1);
}

TEST_CASE("8.3 the lease of a dead SPM is not taken for owned for ever") {
  Settled story;
  const std::string first = story.spm();
  const Instant lost = story.lab.now();
  story.lab.host(first).power_off();
  REQUIRE(story.lab.run_until(
      seconds(300), [&] { return story.spm() != first && story.lab.spm_holders() == 1; }));
  CHECK(story.lab.now() - lost >= seconds(120));
  CHECK(story.lab.now() - lost <= seconds(180));
}

TEST_CASE("8.5 a create that lost its network is Unknown, and nobody starts the VM a second time") {
  Settled story;
  REQUIRE(story.lab.ask(StopVm{VmId("vm-4")}).ok());
  REQUIRE(story.lab.run_until(seconds(10),
                              [&] { return story.lab.vm("vm-4").status == VmStatus::Down; }));
  REQUIRE(story.lab.ask(StartVm{VmId("vm-4")}).ok());
  const std::string target = story.lab.vm("vm-4").run_on->str();
  const std::size_t before = story.lab.calls().size();
  story.lab.lose_next_answer(target);
  story.lab.run_for(std::chrono::milliseconds(30));
  story.lab.host(target).reachable = false;  // it has the order, and nobody hears of it
  story.lab.run_for(minutes(3));
  CHECK(story.lab.vm("vm-4").status == VmStatus::Unknown);
  CHECK(story.lab.copies(VmId("vm-4")) == 1);
  for (std::size_t i = before; i < story.lab.calls().size(); ++i) {
    const auto* create = std::get_if<rpc::CreateVm>(&story.lab.calls()[i].request);
    // By its lease, much later, and refused: no earlier second start.
    if (create != nullptr) CHECK(story.lab.calls()[i].host != NodeId(target));
  }
  story.lab.host(target).reachable = true;
  CHECK(story.lab.run_until(seconds(20),
                            [&] { return story.lab.vm("vm-4").status == VmStatus::Up; }));
}

TEST_CASE(
    "8.6 a blip of 30 to 50 s is Connecting and no more: nothing Unknown, nothing restarted") {
  for (const int blip : {30, 40, 50}) {
    Settled story;
    story.lab.host("host-a1").reachable = false;
    story.lab.run_for(seconds(blip));
    CHECK(story.lab.seen("host-a1").status == HostStatus::Connecting);
    story.lab.host("host-a1").reachable = true;
    story.lab.run_for(minutes(2));
    CHECK(story.lab.seen("host-a1").status == HostStatus::Up);
    CHECK(story.lab.count_events(12) + story.lab.count_events(142) == 0);
  }
}

TEST_CASE("8.7 a link that flaps around the grace time is survived, one treatment at a time") {
  Settled story;
  for (int i = 0; i < 20; ++i) {
    story.lab.host("host-b1").reachable = false;
    story.lab.run_for(seconds(60 + i));
    story.lab.host("host-b1").reachable = true;
    story.lab.run_for(seconds(7));
  }
  story.lab.run_for(minutes(1));
  CHECK(story.lab.seen("host-b1").status == HostStatus::Up);
  for (const auto& [name, vm] : story.lab.manager().vms) {
    CHECK(vm.status == VmStatus::Up);
    CHECK_FALSE(vm.start);
  }
}

TEST_CASE("8.10 an Inactive lease domain does not keep an HA VM from its restart") {
  Settled story;
  ClusterState state = story.lab.manager();
  state.pool.master_domain = StorageDomainStatus::Inactive;
  state.pool.status = DataCenterStatus::Problematic;
  VmState& vm = state.vms.at(vm1);
  vm.status = VmStatus::Down;
  vm.run_on.reset();
  vm.ended_with_error = true;
  vm.ha_restart = HaRestart{.next_try = story.lab.now()};
  CHECK(step(state, Tick{}, story.lab.now() + seconds(2)).state.vms.at(vm1).start);
  // A user's start is refused all the same.
  state.vms.at(vm1).ha_restart.reset();
  CHECK(step(state, UserCommand(StartVm{vm1}), story.lab.now() + seconds(2)).reply->status == 409);
}

TEST_CASE(
    "8.11 a target that has only just been activated is used once it has joined, not before") {
  Settled story;
  SimulatedCluster& lab = story.lab;
  for (const char* name : {"host-b1", "host-b2"}) {
    lab.host(name).power_off();  // not left cleanly: it joins 140 s after its last renewal
    lab.run_for(seconds(5));
    lab.host(name).power_on();
  }
  REQUIRE(lab.run_until(seconds(60), [&] {
    return lab.seen("host-b1").status == HostStatus::Up &&
           lab.seen("host-b2").status == HostStatus::Up;
  }));
  CHECK_FALSE(lab.host("host-b1").joined());
  lab.host("host-a1").power_off();
  lab.host("host-a2").power_off();
  lab.after_each_event = [&] {
    for (const char* name : {"host-b1", "host-b2"}) {
      for (const auto& [vm, copy] : lab.host(name).vms()) {
        if (copy.with_lease && copy.runs()) REQUIRE(lab.host(name).joined());
      }
    }
  };
  CHECK(lab.run_until(minutes(25), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
}

TEST_CASE("8.13 after a long time without capacity a VM starts within half an hour of its return") {
  LabConfig description = SimulatedCluster::stretch_lab();
  for (NodeConfig& node : description.nodes) node.spm_priority = 5;
  Settled story(description);
  SimulatedCluster& lab = story.lab;
  for (const char* name : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    lab.host(name).storage = false;
  }
  REQUIRE(lab.run_until(seconds(200), [&] { return lab.vm("vm-1").status == VmStatus::Down; }));
  lab.run_for(minutes(20));
  REQUIRE(lab.vm("vm-1").ha_restart);
  CHECK(lab.vm("vm-1").ha_restart->tries >= 10);
  for (const char* name : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    lab.host(name).storage = true;
  }
  CHECK(lab.run_until(minutes(31), [&] { return lab.vm("vm-1").status == VmStatus::Up; }));
}

TEST_CASE("8.17 a QEMU that cannot be killed keeps its lease until the watchdog resets its host") {
  Settled story;
  SimulatedCluster& lab = story.lab;
  const std::string home = lab.vm("vm-1").run_on->str();
  const Instant lost = lab.now();
  lab.host(home).stuck_qemu = true;
  lab.host(home).reachable = lab.host(home).storage = false;
  REQUIRE(lab.run_until(seconds(150), [&] { return !lab.host(home).powered(); }));
  CHECK(lab.now() - lost >= seconds(110));
  CHECK(lab.now() - lost <= seconds(140));
  CHECK(lab.copies(vm1) == 0);
  CHECK(lab.run_until(seconds(120), [&] { return lab.copies(vm1) == 1; }));
  CHECK(lab.now() - lost >= seconds(120));
}

TEST_CASE(
    "8.19 a VM on a host that only the Manager cannot reach is Unknown for as long as it is") {
  Settled story;
  const std::string home = story.lab.vm("vm-1").run_on->str();
  story.lab.host(home).reachable = false;
  story.lab.run_for(std::chrono::hours(6));
  CHECK(story.lab.vm("vm-1").status == VmStatus::Unknown);
  CHECK(story.lab.host(home).runs(vm1));
  story.lab.host(home).reachable = true;
  CHECK(story.lab.run_until(seconds(30),
                            [&] { return story.lab.vm("vm-1").status == VmStatus::Up; }));
}

TEST_CASE("8.24 the first lease restart fails: the next one comes five minutes and more later") {
  Settled story;
  SimulatedCluster& lab = story.lab;
  const std::string home = lab.vm("vm-1").run_on->str();
  const auto creates = [&] {
    int count = 0;
    for (const Call& call : lab.calls()) {
      const auto* create = std::get_if<rpc::CreateVm>(&call.request);
      if (create != nullptr && create->vm == vm1) ++count;
    }
    return count;
  };
  const int before = creates();
  lab.host(home).reachable = false;
  REQUIRE(lab.run_until(seconds(300), [&] { return creates() == before + 1; }));
  lab.run_for(seconds(5));  // refused: -243
  const Instant refused = lab.now();
  lab.host(home).power_off();  // now the lease will be free
  REQUIRE(lab.run_until(minutes(40), [&] { return creates() == before + 2; }));
  CHECK(lab.now() - refused >= minutes(5));
  CHECK(lab.now() - refused <= minutes(35));
  CHECK(lab.run_until(seconds(30), [&] { return lab.copies(vm1) == 1; }));
}

TEST_CASE("8.25 the SPM does not go home by itself, only by forceselectspm") {
  Settled story;
  story.lab.host("host-a1").power_off();
  story.lab.host("host-a2").power_off();
  REQUIRE(story.lab.run_until(seconds(400), [&] {
    return story.spm().substr(0, 6) == "host-b" && story.lab.spm_holders() == 1;
  }));
  story.lab.host("host-a1").power_on();
  story.lab.host("host-a2").power_on();
  story.lab.run_for(std::chrono::hours(3));
  CHECK(story.spm().substr(0, 6) == "host-b");
  REQUIRE(story.lab.ask(ForceSelectSpm{NodeId("host-a1")}).ok());
  CHECK(story.lab.run_until(seconds(30), [&] {
    return story.spm() == "host-a1" && story.lab.manager().pool.status == DataCenterStatus::Up;
  }));
}

}  // namespace
}  // namespace splitsite::reference
