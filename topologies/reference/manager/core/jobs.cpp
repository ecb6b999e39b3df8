#include "topologies/reference/manager/core/jobs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite::reference {
namespace {

// What a command's job is called and waits for; no description: it has none.
struct Plan {
  std::string description;
  JobEnd end = JobEnd::AtOnce;
};

// The texts are those of ExecutionMessages.properties, shortened to their sense.
template <class C>
Plan plan(const C&) {
  return {};
}
Plan plan(const ActivateHost& c) { return {fmt::format("Activating Host {}", c.host)}; }
Plan plan(const DeactivateHost& c) {
  return {fmt::format("Moving Host {} to Maintenance", c.host), JobEnd::HostInMaintenance};
}
Plan plan(const FenceHost& c) {
  switch (c.type) {
    case FenceType::Manual:
      return {fmt::format("Fencing Host {} manually", c.host)};
    case FenceType::Restart:
      return {fmt::format("Restarting Host {} (Fencing)", c.host), JobEnd::HostFenced};
    case FenceType::Start:
      return {fmt::format("Starting Host {} (Fencing)", c.host), JobEnd::HostFenced};
    case FenceType::Stop:
      return {fmt::format("Stopping Host {} (Fencing)", c.host), JobEnd::HostFenced};
    case FenceType::Status:
      break;
  }
  return {};  // a question
}
Plan plan(const ForceSelectSpm& c) { return {fmt::format("Selecting Host {} as SPM", c.host)}; }
Plan plan(const SetSpmPriority& c) {
  return {fmt::format("Updating properties of Host {}", c.host)};
}
Plan plan(const UpdateCluster&) { return {"Updating Cluster"}; }
Plan plan(const EditVm& c) { return {fmt::format("Editing VM {} properties", c.vm)}; }
Plan plan(const SetVmPlacement& c) { return {fmt::format("Editing VM {} properties", c.vm)}; }
Plan plan(const StartVm& c) { return {fmt::format("Launching VM {}", c.vm), JobEnd::VmRuns}; }
Plan plan(const StopVm& c) { return {fmt::format("Stopping VM {}", c.vm), JobEnd::VmStopped}; }
Plan plan(const ShutdownVm& c) { return {fmt::format("Shutting down VM {}", c.vm)}; }
Plan plan(const RebootVm& c) { return {fmt::format("Rebooting VM {}", c.vm)}; }
Plan plan(const CancelMigration& c) { return {fmt::format("Canceling migration of VM {}", c.vm)}; }
Plan plan(const MigrateVm& c) {
  return {c.host ? fmt::format("Migrating VM {} to Host {}", c.vm, *c.host)
                 : fmt::format("Migrating VM {}", c.vm),
          JobEnd::VmMoved};
}

template <class C>
void name_subject(Job& job, const C& command) {
  if constexpr (requires { command.vm.str(); }) job.vm = command.vm;
  if constexpr (requires { command.host.str(); }) job.host = command.host;
}

void end_step(JobStep& step, JobStatus status, Instant now) {
  if (step.ended) return;
  step.status = status;
  step.ended = now;
}

void end_job(Job& job, JobStatus status, Instant now) {
  job.status = status;
  job.ended = now;
  for (JobStep& step : job.steps) end_step(step, status, now);
}

const Migration* migration_of(const ClusterState& state, const VmId& vm) {
  const auto found = std::find_if(state.migrations.begin(), state.migrations.end(),
                                  [&](const Migration& each) { return each.vm == vm; });
  return found == state.migrations.end() ? nullptr : &*found;
}

using Verdict = std::optional<JobStatus>;  // none: the work goes on
Verdict finished_if(bool good) { return good ? JobStatus::Finished : JobStatus::Failed; }

Verdict maintenance(const HostState& host) {
  const bool under_way =
      host.status == HostStatus::PreparingForMaintenance || host.wants_maintenance;
  if (under_way) return std::nullopt;
  return finished_if(host.status == HostStatus::Maintenance);
}

Verdict fenced(const HostFencing& fencing) {
  if (fencing.flow) return std::nullopt;
  return finished_if(fencing.succeeded);
}

Verdict runs(const VmState& vm) {
  const bool undecided =
      vm.start || vm.status == VmStatus::WaitForLaunch || vm.status == VmStatus::Unknown;
  if (undecided) return std::nullopt;
  return finished_if(vm.status != VmStatus::Down);
}

Verdict resumed(const VmState& vm) {
  if (vm.status == VmStatus::Paused) return vm.resume_call != 0 ? Verdict() : JobStatus::Failed;
  if (vm.status == VmStatus::Unknown) return std::nullopt;
  return finished_if(vm.status != VmStatus::Down);
}

Verdict stopped(const VmState& vm) {
  if (vm.status == VmStatus::Down) return JobStatus::Finished;
  return vm.user_stop ? Verdict() : JobStatus::Failed;
}

Verdict moved(const ClusterState& state, const VmState& vm, const std::optional<NodeId>& source) {
  if (migration_of(state, vm.name) != nullptr) return std::nullopt;
  return finished_if(vm.run_on && vm.run_on != source);
}

Verdict verdict(const ClusterState& state, const Job& job) {
  switch (job.end) {
    case JobEnd::AtOnce:
      return JobStatus::Finished;
    case JobEnd::HostInMaintenance:
      return maintenance(state.hosts.at(*job.host));
    case JobEnd::HostFenced:
      return fenced(state.hosts.at(*job.host).fencing);
    case JobEnd::VmRuns:
      return runs(state.vms.at(*job.vm));
    case JobEnd::VmResumed:
      return resumed(state.vms.at(*job.vm));
    case JobEnd::VmStopped:
      return stopped(state.vms.at(*job.vm));
    case JobEnd::VmMoved:
      return moved(state, state.vms.at(*job.vm), job.source);
  }
  return JobStatus::Unknown;
}

// oVirt shows the migrations that empty a host as steps below "Executing".
void follow_evacuation(Change& change, Job& job) {
  for (const Migration& each : change.state.migrations) {
    const bool known = std::any_of(job.steps.begin(), job.steps.end(), [&](const JobStep& step) {
      return step.vm == each.vm && !step.ended;
    });
    if (each.source != *job.host || known) continue;
    job.steps.push_back(
        {.kind = StepKind::Unknown,
         .description = fmt::format("Migrating VM {} from Host {}", each.vm, each.source),
         .started = change.now,
         .parent = 1,
         .vm = each.vm});
  }
  for (JobStep& step : job.steps) {
    if (!step.vm || step.ended || migration_of(change.state, *step.vm) != nullptr) continue;
    const bool gone = change.state.vms.at(*step.vm).run_on != job.host;
    end_step(step, gone ? JobStatus::Finished : JobStatus::Failed, change.now);
  }
}

}  // namespace

std::string_view to_string(JobStatus status) {
  switch (status) {
    case JobStatus::Started:
      return "started";
    case JobStatus::Finished:
      return "finished";
    case JobStatus::Failed:
      return "failed";
    case JobStatus::Aborted:
      return "aborted";
    case JobStatus::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::Validating:
      return "validating";
    case StepKind::Executing:
      return "executing";
    case StepKind::Unknown:
      return "unknown";
  }
  return "unknown";
}

void begin_job(Change& change, const Command& command, CommandReply& reply) {
  Plan made = std::visit([](const auto& c) { return plan(c); }, command);
  if (made.description.empty() || reply.status == 404) return;
  Job job{.number = ++change.state.last_job,
          .description = std::move(made.description),
          .context = change.context.value_or(CommandContext{}),
          .end = made.end,
          .started = change.now};
  std::visit([&job](const auto& c) { name_subject(job, c); }, command);
  const bool is_start = job.end == JobEnd::VmRuns;
  const bool is_resume = is_start && change.state.vms.at(*job.vm).status == VmStatus::Paused;
  if (is_resume) job.end = JobEnd::VmResumed;
  if (job.end == JobEnd::VmMoved) job.source = change.state.vms.at(*job.vm).run_on;
  job.steps.push_back({.kind = StepKind::Validating,
                       .description = "Validating",
                       .status = reply.ok() ? JobStatus::Finished : JobStatus::Failed,
                       .started = change.now,
                       .ended = change.now});
  if (reply.ok()) job.steps.push_back({.description = "Executing", .started = change.now});
  if (!reply.ok()) end_job(job, JobStatus::Failed, change.now);
  reply.job = job.number;
  change.state.jobs.push_back(std::move(job));
}

void watch_jobs(Change& change) {
  for (Job& job : change.state.jobs) {
    if (job.ended) continue;
    if (job.end == JobEnd::HostInMaintenance) follow_evacuation(change, job);
    if (const Verdict status = verdict(change.state, job)) end_job(job, *status, change.now);
  }
}

void forget_old_jobs(Change& change) {
  const TimingConfig& timing = change.state.timing;
  if (change.now < change.state.next_job_cleanup) return;
  change.state.next_job_cleanup = change.now + timing.job_cleanup_rate;
  std::erase_if(change.state.jobs, [&](const Job& job) {
    const bool good = job.status == JobStatus::Finished;
    return job.ended && change.now - *job.ended > (good ? timing.succeeded_job_cleanup_time
                                                        : timing.failed_job_cleanup_time);
  });
}

}  // namespace splitsite::reference
