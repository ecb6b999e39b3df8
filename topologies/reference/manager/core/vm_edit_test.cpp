#include "topologies/reference/manager/core/vm_edit.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

const VmId vm5("vm-5");  // neither HA nor lease

struct Settled {
  Settled() : lab(SimulatedCluster::stretch_lab(), {}) { REQUIRE(lab.settle()); }
  bool has_lease_within(Duration bound, bool lease) {
    return lab.run_until(
        bound, [&] { return lab.vm("vm-5").lease == lease && !lab.vm("vm-5").lease_task; });
  }
  SimulatedCluster lab;
};

TEST_CASE("2.4 a lease needs high availability: 409, and nothing changes") {
  Settled story;
  const CommandReply reply = story.lab.ask(EditVm{.vm = vm5, .priority = 50, .lease = true});
  CHECK(reply.status == 409);
  CHECK(reply.detail ==
        "[Cannot edit VM. A VM lease was defined but high availability option is set to false.]");
  CHECK(story.lab.vm("vm-5").priority == 1);
  CHECK_FALSE(story.lab.vm("vm-5").lease_task);
}

TEST_CASE("2.4 a running VM made HA with a lease holds it once the SPM has written it") {
  Settled story;
  REQUIRE(story.lab.ask(EditVm{.vm = vm5, .highly_available = true, .lease = true}).ok());
  CHECK_FALSE(story.lab.vm("vm-5").lease);  // asynchronous
  CHECK(story.lab.vm("vm-5").highly_available);
  REQUIRE(story.has_lease_within(seconds(2), true));
  CHECK(story.lab.host(story.lab.vm("vm-5").run_on->str()).vms().at(vm5).with_lease);
}

TEST_CASE("2.4 a lease is given up by the running VM before the SPM removes it") {
  Settled story;
  REQUIRE(story.lab.ask(EditVm{.vm = VmId("vm-1"), .lease = false}).ok());
  REQUIRE(story.lab.run_until(seconds(2), [&] { return !story.lab.vm("vm-1").lease_task; }));
  CHECK_FALSE(story.lab.vm("vm-1").lease);
  CHECK_FALSE(story.lab.host(story.lab.vm("vm-1").run_on->str()).vms().at(VmId("vm-1")).with_lease);
  CHECK(story.lab.vm("vm-1").status == VmStatus::Up);
}

TEST_CASE("2.4 without a working SPM a lease can be neither added nor removed, but is used") {
  Settled story;
  const NodeId spm = *story.lab.manager().pool.spm;
  story.lab.host(spm.str()).reachable = false;
  REQUIRE(story.lab.run_until(seconds(30), [&] {
    return story.lab.manager().pool.status == DataCenterStatus::Problematic;
  }));
  const EditVm add{.vm = vm5, .highly_available = true, .lease = true};
  CHECK(story.lab.ask(add).status == 400);
  CHECK(story.lab.ask(EditVm{.vm = VmId("vm-1"), .lease = false}).status == 400);
  CHECK_FALSE(story.lab.vm("vm-5").highly_available);  // nothing of the edit counts
  // What needs no SPM goes on.
  CHECK(story.lab.ask(EditVm{.vm = vm5, .highly_available = true}).ok());
}

TEST_CASE("2.4 a lease that could not be plugged: event 1220, and the VM runs without it") {
  Settled story;
  const std::string home = story.lab.vm("vm-5").run_on->str();
  // Right after a refresh of the pool: the answer that is lost must not be the refresh's.
  const auto asked = [&] { return story.lab.manager().pool.refresh_call != 0; };
  REQUIRE(story.lab.run_until(seconds(11), asked));
  REQUIRE(story.lab.run_until(seconds(1), [&] { return !asked(); }));
  story.lab.lose_next_answer(home);
  if (story.lab.manager().pool.spm == NodeId(home)) story.lab.lose_next_answer(home);
  REQUIRE(story.lab.ask(EditVm{.vm = vm5, .highly_available = true, .lease = true}).ok());
  story.lab.run_for(seconds(5));
  CHECK(story.lab.count_events(1220) + story.lab.count_events(58) == 1);
  CHECK(story.lab.vm("vm-5").status == VmStatus::Up);
}

TEST_CASE("2.3 a priority outside 0 to 100 is a bad request") {
  Settled story;
  CHECK(story.lab.ask(EditVm{.vm = vm5, .priority = 101}).status == 400);
  CHECK(story.lab.ask(EditVm{.vm = vm5, .priority = -1}).status == 400);
  CHECK(story.lab.ask(EditVm{.vm = vm5, .priority = 100}).ok());
  CHECK(story.lab.vm("vm-5").priority == 100);
}

TEST_CASE("2.5 the resume behaviour of a running VM changes with its next start") {
  Settled story;
  REQUIRE(story.lab.ask(EditVm{.vm = vm5, .resume_behaviour = ResumeBehaviour::LeavePaused}).ok());
  CHECK(story.lab.vm("vm-5").resume_behaviour == ResumeBehaviour::AutoResume);
  CHECK(story.lab.vm("vm-5").next_run);
  REQUIRE(story.lab.ask(StopVm{vm5}).ok());
  REQUIRE(story.lab.run_until(seconds(5),
                              [&] { return story.lab.vm("vm-5").status == VmStatus::Down; }));
  CHECK(story.lab.vm("vm-5").resume_behaviour == ResumeBehaviour::LeavePaused);
  CHECK_FALSE(story.lab.vm("vm-5").next_run);
}

TEST_CASE("2.5 an HA VM with a lease is killed, whatever it is set to") {
  Settled story;
  REQUIRE(story.lab.ask(StopVm{VmId("vm-1")}).ok());
  REQUIRE(story.lab.run_until(seconds(5),
                              [&] { return story.lab.vm("vm-1").status == VmStatus::Down; }));
  REQUIRE(story.lab.ask(EditVm{.vm = VmId("vm-1"), .resume_behaviour = ResumeBehaviour::AutoResume})
              .ok());
  CHECK(story.lab.vm("vm-1").resume_behaviour == ResumeBehaviour::Kill);
}

}  // namespace
}  // namespace splitsite::reference
