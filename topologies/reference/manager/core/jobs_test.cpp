// Fact 7.9: jobs and steps, and the correlation id in what a command causes.
#include "topologies/reference/manager/core/jobs.hpp"

#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/restart.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const CommandContext me{.correlation_id = "drill-1", .user = "admin@internal-authz"};

const Job& last_job(const SimulatedCluster& lab) { return lab.manager().jobs.back(); }

bool ended(const SimulatedCluster& lab) { return last_job(lab).ended.has_value(); }

TEST_CASE("7.9 a command that is done at once has a finished job with two finished steps") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  const CommandReply reply = lab.ask(SetSpmPriority{NodeId("host-a1"), 3}, me);
  REQUIRE(reply.job);
  const Job& job = last_job(lab);
  CHECK(job.number == *reply.job);
  CHECK(job.description == "Updating properties of Host host-a1");
  CHECK(job.status == JobStatus::Finished);
  CHECK(job.context.correlation_id == "drill-1");
  REQUIRE(job.steps.size() == 2);
  CHECK(job.steps[0].kind == StepKind::Validating);
  CHECK(job.steps[1].kind == StepKind::Executing);
  CHECK(job.steps[1].status == JobStatus::Finished);
}

TEST_CASE(
    "7.9 a refused command leaves a failed job; what does not exist, and a marker, leave none") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  CHECK(lab.ask(StartVm{VmId("vm-1")}, me).status == 409);
  CHECK(last_job(lab).status == JobStatus::Failed);
  CHECK(last_job(lab).steps.size() == 1);
  CHECK(last_job(lab).steps[0].status == JobStatus::Failed);
  CHECK_FALSE(lab.ask(StartVm{VmId("vm-9")}, me).job);
  CHECK_FALSE(lab.ask(AddEvent{.description = "marker"}, me).job);
  CHECK(lab.manager().jobs.size() == 1);
}

TEST_CASE("7.9 a start's job ends when the VM runs, and fails when no host starts it") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(
      lab.run_until(minutes(2), [&] { return lab.manager().pool.status == DataCenterStatus::Up; }));
  REQUIRE(lab.run_until(minutes(2), [&] { return lab.ask(StartVm{VmId("vm-5")}, me).ok(); }));
  CHECK(last_job(lab).status == JobStatus::Started);
  REQUIRE(lab.run_until(minutes(2), [&] { return ended(lab); }));
  CHECK(last_job(lab).status == JobStatus::Finished);
  CHECK(lab.vm("vm-5").status != VmStatus::Down);

  for (const char* host : {"host-a1", "host-a2", "host-b1", "host-b2"}) {
    lab.host(host).storage = false;
  }
  REQUIRE(lab.ask(StartVm{VmId("vm-4")}, me).ok());
  REQUIRE(lab.run_until(minutes(10), [&] { return ended(lab); }));
  CHECK(last_job(lab).status == JobStatus::Failed);
}

TEST_CASE("7.9 events on the way carry the correlation id of the command that caused them") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(MigrateVm{VmId("vm-4"), NodeId("host-a1")}, me).ok());
  REQUIRE(lab.run_until(minutes(2), [&] { return ended(lab); }));
  CHECK(last_job(lab).status == JobStatus::Finished);
  const auto& events = lab.events();
  const auto coded = [&](int code) {
    return std::find_if(events.rbegin(), events.rend(),
                        [&](const AuditEvent& e) { return e.code == code; });
  };
  REQUIRE(coded(63) != events.rend());
  CHECK(coded(62)->correlation_id == "drill-1");
  CHECK(coded(63)->correlation_id == "drill-1");
  CHECK(coded(63)->user == "admin@internal-authz");
  CHECK(coded(204)->correlation_id.empty());
}

TEST_CASE("7.9 a host's way into maintenance is one job with a step for each VM that leaves") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  const int guests = lab.manager().vms_on(NodeId("host-a1"));
  REQUIRE(guests > 0);
  REQUIRE(lab.ask(DeactivateHost{NodeId("host-a1"), "drill"}, me).ok());
  CHECK(last_job(lab).status == JobStatus::Started);
  REQUIRE(lab.run_until(minutes(10), [&] { return ended(lab); }));
  const Job& job = last_job(lab);
  CHECK(lab.seen("host-a1").status == HostStatus::Maintenance);
  CHECK(job.status == JobStatus::Finished);
  CHECK(job.steps.size() == 2 + static_cast<std::size_t>(guests));
  CHECK(job.steps.back().parent == 1);
  CHECK(job.steps.back().status == JobStatus::Finished);
}

TEST_CASE("7.9 the job of a fence ends with the change of power; a power status has none") {
  SimulatedCluster lab(SimulatedCluster::lab_with_power_management(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(FenceHost{NodeId("host-b1"), FenceType::Restart}, me).ok());
  CHECK(last_job(lab).description == "Restarting Host host-b1 (Fencing)");
  CHECK(last_job(lab).status == JobStatus::Started);
  REQUIRE(lab.run_until(minutes(2), [&] { return ended(lab); }));
  CHECK(last_job(lab).status == JobStatus::Finished);
  CHECK(lab.events().back().correlation_id == "drill-1");
  CHECK_FALSE(lab.ask(FenceHost{NodeId("host-b1"), FenceType::Status}, me).job);

  lab.lost_controllers = {SiteId("b")};
  REQUIRE(lab.ask(FenceHost{NodeId("host-b2"), FenceType::Restart}, me).ok());
  REQUIRE(lab.run_until(minutes(10), [&] { return ended(lab); }));
  CHECK(last_job(lab).status == JobStatus::Failed);
}

TEST_CASE("7.9 finished jobs are forgotten after 10 min, failed ones after 60 (0000_config.sql)") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  CHECK(lab.ask(StartVm{VmId("vm-1")}).status == 409);
  CHECK(lab.ask(SetSpmPriority{NodeId("host-a1"), 3}).ok());
  lab.run_for(minutes(9));
  CHECK(lab.manager().jobs.size() == 2);
  lab.run_for(minutes(12));
  CHECK(lab.manager().jobs.size() == 1);
  CHECK(lab.manager().jobs.front().status == JobStatus::Failed);
  lab.run_for(minutes(60));
  CHECK(lab.manager().jobs.empty());
}

TEST_CASE("7.9 after a restart nobody knows what became of an open job (JobRepositoryImpl)") {
  SimulatedCluster lab(SimulatedCluster::stretch_lab(), {});
  REQUIRE(lab.settle());
  REQUIRE(lab.ask(DeactivateHost{NodeId("host-a1"), "drill"}, me).ok());
  REQUIRE(last_job(lab).status == JobStatus::Started);
  ClusterState kept = lab.manager();
  const auto finished = std::count_if(kept.jobs.begin(), kept.jobs.end(), [](const Job& job) {
    return job.status == JobStatus::Finished;
  });
  begin_again(kept, lab.now());
  CHECK(kept.jobs.back().status == JobStatus::Unknown);
  CHECK(kept.jobs.back().steps.back().status == JobStatus::Unknown);
  CHECK(kept.last_job == kept.jobs.back().number);
  CHECK(std::count_if(kept.jobs.begin(), kept.jobs.end(), [](const Job& job) {
          return job.status == JobStatus::Finished;
        }) == finished);
}

}  // namespace
}  // namespace splitsite::reference
