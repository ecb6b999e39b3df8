// The core oracle (fact 2.7): what becomes of an HA VM with a lease for each way its host is cut
// off.
#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const VmId vm1("vm-1");

// The home of vm-1 is cut off; at every moment of it no VM runs twice.
struct CutOff {
  CutOff() : lab(SimulatedCluster::stretch_lab(), {}) {
    REQUIRE(lab.settle());
    home = lab.vm("vm-1").run_on->str();
    lost = lab.now();
    lab.after_each_event = [this] {
      for (const auto& [name, vm] : lab.manager().vms) REQUIRE(lab.copies(name) <= 1);
      REQUIRE(lab.spm_holders() <= 1);
    };
  }
  SimulatedHost& host() { return lab.host(home); }
  bool runs_elsewhere() const {
    const VmState& vm = lab.vm("vm-1");
    return vm.status == VmStatus::Up && vm.run_on->str() != home;
  }

  SimulatedCluster lab;
  std::string home;
  Instant lost{};
};

TEST_CASE("2.7 storage lost, management OK: the VM dies by sanlock, and is restarted at once") {
  CutOff story;
  story.host().storage = false;
  REQUIRE(story.lab.run_until(seconds(130), [&] { return story.lab.copies(vm1) == 0; }));
  CHECK(story.lab.now() - story.lost >= seconds(60));
  REQUIRE(story.lab.run_until(seconds(4), [&] { return story.lab.count_events(9602) >= 1; }));
  // The lease was not released: the restart waits until sanlock sees the host dead.
  REQUIRE(story.lab.run_until(seconds(120), [&] { return story.lab.copies(vm1) == 1; }));
  CHECK(story.lab.now() - story.lost >= seconds(120));
  CHECK(story.lab.now() - story.lost <= seconds(210));
  CHECK(story.lab.run_until(seconds(30), [&] { return story.runs_elsewhere(); }));
  REQUIRE(story.lab.run_until(
      minutes(6), [&] { return story.lab.seen(story.home).status == HostStatus::NonOperational; }));
}

TEST_CASE("2.7 management lost, storage OK, half an hour: never restarted, never a second copy") {
  CutOff story;
  story.host().reachable = false;
  const auto check = story.lab.after_each_event;
  story.lab.after_each_event = [&] {
    check();
    REQUIRE(story.host().runs(vm1));
  };
  story.lab.run_for(minutes(30));
  CHECK(story.lab.vm("vm-1").status == VmStatus::Unknown);
  CHECK(story.lab.vm("vm-1").run_on == NodeId(story.home));
  story.host().reachable = true;
  CHECK(story.lab.run_until(seconds(20), [&] {
    return story.lab.vm("vm-1").status == VmStatus::Up &&
           story.lab.seen(story.home).status == HostStatus::Up;
  }));
  CHECK(story.lab.vm("vm-1").run_on == NodeId(story.home));
  CHECK(story.lab.count_events(9602) == 0);
  CHECK(story.lab.count_events(163) >= 1);
}

TEST_CASE("2.7 both lost: restarted elsewhere, 140 s after the last renewal at the earliest") {
  for (const bool late : {false, true}) {
    CutOff story;
    story.host().kill_qemu_late = late;  // SIGKILL, 40 s after SIGTERM
    story.host().reachable = story.host().storage = false;
    REQUIRE(story.lab.run_until(seconds(150), [&] { return !story.host().runs(vm1); }));
    // By SIGTERM; a QEMU that withstands it is paused when its queued I/O fails, 80 s after the
    // loss.
    CHECK(story.lab.now() - story.lost >= seconds(late ? 80 : 60));
    REQUIRE(story.lab.run_until(seconds(300), [&] { return story.lab.copies(vm1) == 1; }));
    CHECK(story.lab.now() - story.lost >= seconds(120));
    CHECK(story.lab.now() - story.lost <= seconds(210));
    CHECK(story.lab.run_until(seconds(30), [&] { return story.runs_elsewhere(); }));
  }
}

TEST_CASE("2.7 power off: as both lost") {
  CutOff story;
  story.host().power_off();
  REQUIRE(story.lab.run_until(seconds(300), [&] { return story.lab.copies(vm1) == 1; }));
  CHECK(story.lab.now() - story.lost >= seconds(120));
  CHECK(story.lab.now() - story.lost <= seconds(210));
  CHECK(story.lab.run_until(seconds(30), [&] { return story.runs_elsewhere(); }));
}

TEST_CASE("2.7 dropped packets take longer to count than refused ones (oddity 27)") {
  Duration until_created[2] = {};
  for (const bool dropped : {false, true}) {
    CutOff story;
    story.lab.failure_kind = dropped ? NetworkFailure::TimedOut : NetworkFailure::Refused;
    story.lab.unreachable_after = dropped ? seconds(20) : seconds(0);
    const std::size_t before = story.lab.calls().size();
    story.host().power_off();
    REQUIRE(story.lab.run_until(minutes(10), [&] {
      for (std::size_t i = before; i < story.lab.calls().size(); ++i) {
        const auto* create = std::get_if<rpc::CreateVm>(&story.lab.calls()[i].request);
        if (create != nullptr && create->vm == vm1) return true;
      }
      return false;
    }));
    until_created[dropped ? 1 : 0] = story.lab.now() - story.lost;
  }
  CHECK(until_created[0] <= seconds(120));
  CHECK(until_created[1] >= seconds(240));
}

}  // namespace
}  // namespace splitsite::reference
