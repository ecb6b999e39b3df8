// What becomes of a VM whose storage fails under it (fact 2.5), and of the lease it gives up with
// the pause (fact 2.4): VDSM's and libvirt's part is the simulation's, the Manager's is the real
// one.
#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

const VmId vm1("vm-1");  // HA with a lease: KILL
const VmId vm5("vm-5");  // neither

struct Settled {
  explicit Settled(ResumeBehaviour of_vm5 = ResumeBehaviour::AutoResume)
      : lab(described(of_vm5), {}) {
    REQUIRE(lab.settle());
  }
  static LabConfig described(ResumeBehaviour of_vm5) {
    LabConfig lab = SimulatedCluster::stretch_lab();
    for (VmConfig& vm : lab.vms) {
      if (vm.name == vm5) vm.storage_error_resume_behaviour = of_vm5;
    }
    return lab;
  }
  SimulatedHost& home_of(const VmId& vm) { return lab.host(lab.vm(vm.str()).run_on->str()); }
  bool sees(const VmId& vm, VmStatus status, Duration bound) {
    return lab.run_until(bound, [&] { return lab.vm(vm.str()).status == status; });
  }
  SimulatedCluster lab;
};

TEST_CASE("2.5 AUTO_RESUME: paused for as long as it takes, and then it goes on") {
  Settled story;
  SimulatedHost& home = story.home_of(vm5);
  home.bad_disks.insert(vm5);
  REQUIRE(story.sees(vm5, VmStatus::Paused, seconds(5)));
  CHECK(story.lab.vm("vm-5").status_detail == "eother");
  CHECK(story.lab.count_events(139) == 1);
  story.lab.run_for(std::chrono::hours(5));
  CHECK(story.lab.vm("vm-5").status == VmStatus::Paused);
  home.bad_disks.clear();
  CHECK(story.sees(vm5, VmStatus::Up, seconds(5)));
  CHECK(story.lab.count_events(196) == 1);
}

TEST_CASE("2.5 LEAVE_PAUSED: it stays paused though its storage is good again") {
  Settled story(ResumeBehaviour::LeavePaused);
  SimulatedHost& home = story.home_of(vm5);
  home.bad_disks.insert(vm5);
  REQUIRE(story.sees(vm5, VmStatus::Paused, seconds(5)));
  home.bad_disks.clear();
  story.lab.run_for(std::chrono::hours(1));
  CHECK(story.lab.vm("vm-5").status == VmStatus::Paused);
}

struct LeftPaused : Settled {
  LeftPaused() : Settled(ResumeBehaviour::LeavePaused) {
    home_of(vm5).bad_disks.insert(vm5);
    REQUIRE(sees(vm5, VmStatus::Paused, seconds(5)));
    home_of(vm5).bad_disks.clear();
  }
  const Job& last_job() const { return lab.manager().jobs.back(); }
};

TEST_CASE("2.5 a user's start of a paused VM resumes it where it is (event 40)") {
  LeftPaused story;
  const NodeId home = *story.lab.vm("vm-5").run_on;
  REQUIRE(story.lab.ask(StartVm{vm5}).ok());
  CHECK(story.last_job().status == JobStatus::Started);
  CHECK(story.sees(vm5, VmStatus::Up, seconds(5)));
  CHECK(story.lab.vm("vm-5").run_on == home);
  CHECK(story.lab.count_events(40) == 1);
  CHECK(story.lab.count_events(103) == 0);
  CHECK(story.last_job().description == "Launching VM vm-5");
  CHECK(story.last_job().status == JobStatus::Finished);
}

TEST_CASE("2.5 a paused VM that its host cannot resume stays paused (event 103)") {
  LeftPaused story;
  const Step asked = step(story.lab.manager(), Command(StartVm{vm5}), story.lab.now());
  REQUIRE(asked.calls.size() == 1);
  CHECK(std::holds_alternative<rpc::ContinueVm>(asked.calls.front().request));
  const CallFinished refusal{asked.calls.front(), rpc::Reply(rpc::Error{.code = 1})};
  const Step answered = step(asked.state, refusal, story.lab.now());
  REQUIRE(answered.events.size() == 1);
  CHECK(answered.events.front().code == 103);
  CHECK(answered.events.front().description ==
        "Failed to resume VM vm-5 (Host: " + story.lab.vm("vm-5").run_on->str() +
            ", User: admin@internal).");
  CHECK(answered.state.vms.at(vm5).status == VmStatus::Paused);
  CHECK(answered.state.jobs.back().status == JobStatus::Failed);
}

TEST_CASE("2.5 a paused VM is resumed on a host that is Up only, whatever the data center is") {
  LeftPaused story;
  ClusterState state = story.lab.manager();
  state.pool.status = DataCenterStatus::Problematic;
  CHECK(step(state, Command(StartVm{vm5}), story.lab.now()).reply->ok());
  state.hosts.at(*state.vms.at(vm5).run_on).status = HostStatus::NonOperational;
  const Step asked = step(state, Command(StartVm{vm5}), story.lab.now());
  CHECK(asked.reply->status == 409);
  CHECK(asked.reply->detail ==
        "[Cannot run VM. Operation can be performed only when Host status is Up.]");
  CHECK(asked.calls.empty());
}

TEST_CASE("2.5 KILL: 80 to 120 s after the pause it is ended, exit reason 14, and HA restarts it") {
  for (int offset = 0; offset < 40; offset += 13) {
    Settled story;
    story.lab.run_for(seconds(offset));
    const std::string home = story.home_of(vm1).name();
    story.lab.host(home).bad_disks.insert(vm1);
    REQUIRE(story.sees(vm1, VmStatus::Paused, seconds(5)));
    const Instant paused = story.lab.now();
    REQUIRE(story.lab.run_until(seconds(200), [&] { return story.lab.count_events(9602) == 1; }));
    story.lab.host(home).bad_disks.clear();
    CHECK(story.lab.now() - paused >= seconds(76));  // seen at a poll, up to 3 s late at both ends
    CHECK(story.lab.now() - paused <= seconds(124));
    CHECK(story.lab.vm("vm-1").stop_reason.empty());
    CHECK(std::any_of(story.lab.events().begin(), story.lab.events().end(), [](const auto& event) {
      return event.description.ends_with("Down because paused for too long.");
    }));
    CHECK(story.sees(vm1, VmStatus::Up, seconds(60)));
    CHECK(story.lab.copies(vm1) == 1);
  }
}

TEST_CASE("2.5 KILL: storage that is good again in time lets it go on, and nothing is restarted") {
  Settled story;
  SimulatedHost& home = story.home_of(vm1);
  home.bad_disks.insert(vm1);
  REQUIRE(story.sees(vm1, VmStatus::Paused, seconds(5)));
  story.lab.run_for(seconds(60));
  home.bad_disks.clear();
  CHECK(story.sees(vm1, VmStatus::Up, seconds(5)));
  CHECK(story.lab.count_events(9602) == 0);
}

// The lease was given up cleanly, so nobody has to wait for 140 s.
TEST_CASE("2.4 the lease of a paused VM can be taken: it is not resumed then, and it ends") {
  Settled story;
  SimulatedCluster& lab = story.lab;
  lab.after_each_event = [&] { REQUIRE(lab.copies(vm1) <= 1); };
  const std::string home = story.home_of(vm1).name();
  lab.host(home).reachable = false;
  REQUIRE(story.sees(vm1, VmStatus::Unknown, seconds(120)));
  lab.host(home).bad_disks.insert(vm1);
  const Instant paused = lab.now();
  REQUIRE(lab.run_until(seconds(100), [&] {
    return lab.vm("vm-1").status == VmStatus::Up && lab.vm("vm-1").run_on->str() != home;
  }));
  CHECK(lab.now() - paused < seconds(80));  // the pause limit of the old copy has not passed
  // The disk is good again, but the lease is not free: the old copy does not go on.
  lab.host(home).bad_disks.clear();
  lab.run_for(seconds(5));
  CHECK(lab.host(home).vms().at(vm1).phase == rpc::VmPhase::Paused);
  // The Manager ends what it finds paused where it does not expect it.
  lab.host(home).reachable = true;
  CHECK(lab.run_until(seconds(60), [&] { return lab.host(home).vms().count(vm1) == 0; }));
  CHECK(lab.vm("vm-1").status == VmStatus::Up);
}

TEST_CASE("2.4 a lease that nobody took while the VM was paused is taken again with the resume") {
  Settled story;
  SimulatedHost& home = story.home_of(vm1);
  home.bad_disks.insert(vm1);
  REQUIRE(story.sees(vm1, VmStatus::Paused, seconds(5)));
  home.bad_disks.clear();
  REQUIRE(story.sees(vm1, VmStatus::Up, seconds(5)));
  // It is held again: a restart elsewhere is refused.
  home.reachable = false;
  story.lab.run_for(std::chrono::minutes(5));
  CHECK(story.lab.copies(vm1) == 1);
  CHECK(story.lab.vm("vm-1").status == VmStatus::Unknown);
}

TEST_CASE("2.5 each pause reason has its event") {
  struct Row {
    const char* code;
    int event;
  };
  for (const Row& row : {Row{"ENOSPC", 138}, Row{"EOTHER", 139}, Row{"EIO", 145}, Row{"EPERM", 146},
                         Row{"NOERR", 0}}) {
    Settled story;
    const NodeId home = *story.lab.vm("vm-5").run_on;
    PollAnswered poll{.host = home, .asked = story.lab.now()};
    poll.stats =
        std::get<rpc::HostStats>(story.lab.host(home.str()).handle(rpc::GetStats{}, poll.asked));
    for (rpc::VmReport& vm : poll.stats.vms) {
      if (vm.vm != vm5) continue;
      vm.status = rpc::VmPhase::Paused;
      vm.pause_code = row.code;
    }
    const Step paused = step(story.lab.manager(), poll, story.lab.now());
    CHECK(paused.state.vms.at(vm5).status == VmStatus::Paused);
    if (row.event == 0) {
      CHECK(paused.events.empty());
      continue;
    }
    REQUIRE(paused.events.size() == 1);
    CHECK(paused.events.front().code == row.event);
  }
}

}  // namespace
}  // namespace splitsite::reference
