#include "topologies/reference/manager/core/restart.hpp"

#include <algorithm>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/affinity_enforcement.hpp"
#include "topologies/reference/manager/core/commands.hpp"
#include "topologies/reference/manager/core/ha_restart.hpp"
#include "topologies/reference/manager/core/persistence/cluster.hpp"

namespace splitsite::reference {
namespace {

// ResourceManager.addVds (ovirt-engine VDSB/ResourceManager.java): what was about a contact that is
// gone begins as Unassigned; Up, Initializing, NonOperational and the two of maintenance stay.
HostStatus status_after_restart(const HostState& host) {
  switch (host.status) {
    case HostStatus::NonResponsive:
    case HostStatus::Connecting:
    case HostStatus::Reboot:
      return HostStatus::Unassigned;
    default:
      break;
  }
  // It was told that it goes to maintenance, and waited for the SPM role to be given up; as a host
  // that is PreparingForMaintenance it loses the role in the selection that follows (fact 1.4).
  return host.wants_maintenance ? HostStatus::PreparingForMaintenance : host.status;
}

// Nobody can be scheduled on a host that has not answered yet, and a failed attempt to empty a host
// is not repeated for five minutes (fact 4.3): every host is given two polls first.
Instant first_maintenance_try(const TimingConfig& timing, Instant now) {
  return now + 2 * timing.vds_refresh_rate;
}

void restart_host(HostState& host, const TimingConfig& timing, Instant now) {
  host.status = status_after_restart(host);
  host.wants_maintenance = false;
  host.status_since = now;
  host.next_maintenance_try = first_maintenance_try(timing, now);
  if (host.status != HostStatus::NonOperational) host.status_detail.clear();
}

void not_later(std::optional<Instant>& time, Instant now) {
  if (time) time = std::min(*time, now);
}

void restart_vm(VmState& vm, Instant now) {
  not_later(vm.started, now);
  not_later(vm.stopped, now);
}

// Nobody knows any more what became of a job's work (ovirt-engine JobRepositoryImpl.finalizeJobs).
void restart_job(Job& job, Instant now) {
  job.started = std::min(job.started, now);
  not_later(job.ended, now);
  if (!job.ended) {
    job.status = JobStatus::Unknown;
    job.ended = now;
  }
  for (JobStep& step : job.steps) {
    step.started = std::min(step.started, now);
    not_later(step.ended, now);
    if (step.ended) continue;
    step.status = JobStatus::Unknown;
    step.ended = now;
  }
}

// Where the engine's own VM ran when this was last written; that host is fenced at once, whatever
// the age of the Manager, because nobody else could have lost it (PreviousHostedEngineHost.java).
std::optional<NodeId> host_of_engine(const ClusterState& state) {
  for (const auto& [name, vm] : state.vms) {
    if (is_engine_vm(vm)) return vm.run_on;
  }
  return std::nullopt;
}

// A stop that a user was told is under way.
bool awaits_stop(const VmState& vm) {
  return vm.user_stop && vm.run_on && vm.status != VmStatus::Down && vm.status != VmStatus::Unknown;
}

}  // namespace

Outcome begin_again(ClusterState& state, Instant now) {
  Change change(state, now);
  state.previous_engine_host = host_of_engine(state);
  for (auto& [name, host] : state.hosts) restart_host(host, state.timing, now);
  for (auto& [name, vm] : state.vms) {
    restart_vm(vm, now);
    if (awaits_stop(vm)) order_stop(change, vm);
  }
  // Fact 2.3. One whose restart had been ordered waits for its host's report instead.
  queue_failed_ha_vms(state, now);
  for (Migration& migration : state.migrations) {
    // Nobody will tell any more whether the order arrived: the source's next reports do.
    migration.accepted = now;
    migration.since = std::min(migration.since, now);
    migration.fixed = true;
  }
  // StoragePoolStatusHandler.init: a pause that is found goes on for its full time (fact 1.6).
  if (state.pool.status == DataCenterStatus::NotOperational) state.pool.paused_since = now;
  for (AuditEvent& event : state.events) event.at = std::min(event.at, now);
  state.last_event = state.events.empty() ? 0 : state.events.back().index;
  for (Job& job : state.jobs) restart_job(job, now);
  state.last_job = state.jobs.empty() ? 0 : state.jobs.back().number;
  update_broken_groups(state);
  return {.calls = std::move(change.calls)};
}

}  // namespace splitsite::reference
