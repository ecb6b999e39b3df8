// What the hosts' answers mean for the SPM role: the table of fact 1.4, and fact 1.5 for a silent
// SPM.
#include <fmt/format.h>

#include <utility>

#include "topologies/reference/manager/core/maintenance.hpp"
#include "topologies/reference/manager/core/spm_search.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/core/vm_edit.hpp"

namespace splitsite::reference {
namespace {

using rpc::SpmRole;

const rpc::SpmReport* report_in(const CallFinished& finished) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  return reply != nullptr ? std::get_if<rpc::SpmReport>(reply) : nullptr;
}

bool done(const CallFinished& finished) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  return reply != nullptr && std::holds_alternative<rpc::Done>(*reply);
}

bool unanswered(const CallFinished& finished) {
  return std::holds_alternative<NetworkFailure>(finished.outcome);
}

const HostState* host_with_id(const ClusterState& state, int host_id) {
  for (const auto& [name, host] : state.hosts) {
    if (host.host_id == host_id) return &host;
  }
  return nullptr;
}

void stop_owner(Change& change) {
  PoolState& pool = change.state.pool;
  if (!may_stop_spm(change, change.host(*pool.owner))) return end_search(pool);
  pool.search = SpmSearch::StoppingOwner;
  pool.call = change.order(*pool.owner, rpc::StopSpm{});
}

// Fact 1.4: storage names an owner. Who is Up and may be SPM, or NonOperational, is asked itself;
// from anybody else the role is taken back, if that is possible.
void judge_owner(Change& change, const HostState& owner) {
  PoolState& pool = change.state.pool;
  if (owner.fenced || owner.name == pool.candidate) return start_candidate(change, owner.host_id);
  pool.owner = owner.name;
  const bool candidate = owner.status == HostStatus::Up && owner.spm_priority >= 0 &&
                         pool.tried.count(owner.name) == 0;
  if (!candidate && owner.status != HostStatus::NonOperational) return stop_owner(change);
  pool.search = SpmSearch::AskingOwner;
  pool.call = change.order(owner.name, rpc::GetSpmStatus{});
}

void candidate_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  const rpc::SpmReport* report = report_in(finished);
  if (report == nullptr) return candidate_failed(change);
  if (report->spm_status == SpmRole::Spm) return selected(change, *pool.candidate);
  // Only a candidate that is free is started; one on its way in or out is left to the next refresh.
  if (report->spm_status == SpmRole::Contend) return end_search(pool);
  const HostState* owner = host_with_id(change.state, report->spm_id);
  if (owner == nullptr) return start_candidate(change, report->spm_id);
  judge_owner(change, *owner);
}

void owner_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  const HostState& owner = change.host(*pool.owner);
  const rpc::SpmReport* report = report_in(finished);
  if (report == nullptr) return stop_owner(change);
  const bool up = owner.status == HostStatus::Up;
  if (report->spm_status == SpmRole::Spm && up) return selected(change, owner.name);
  if (report->spm_status != SpmRole::Free) return stop_owner(change);
  start_candidate(change, owner.host_id);
}

void owner_stopped(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  if (!done(finished)) return end_search(pool);
  start_candidate(change, change.host(*pool.owner).host_id);
}

void start_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  if (!done(finished)) return candidate_failed(change);
  pool.search = SpmSearch::WaitingForStart;
  pool.next_start_poll = change.now + std::chrono::seconds(1);
}

void start_polled(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  const rpc::SpmReport* report = report_in(finished);
  if (report == nullptr || report->spm_status == SpmRole::Free) return candidate_failed(change);
  if (report->spm_status == SpmRole::Spm) return selected(change, *pool.candidate);
  pool.next_start_poll = change.now + std::chrono::seconds(1);
}

// The planned stop under way is one for forceselectspm, not for a host that leaves Up.
bool serves_force_select(Change& change) {
  const PoolState& pool = change.state.pool;
  const HostState& host = change.host(*pool.stopping);
  return pool.preferred && !host.wants_maintenance && host.status == HostStatus::Up;
}

// Fact 1.6: what waited for the role to be given up. The next refresh selects anew.
void release_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  if (!done(finished)) return spm_not_stopped(change);
  HostState& host = change.host(*pool.stopping);
  const bool forced = serves_force_select(change);
  pool.stopping.reset();
  pool.proxy.reset();
  pool.spm.reset();
  pool.refresh_call = 0;
  if (host.wants_maintenance) {
    begin_maintenance(change, host);  // refused or not, the user has his answer
    return;
  }
  if (!forced) return;
  change.audit(159, Severity::Normal,
               fmt::format("Host {} was force selected by admin@internal.", *pool.preferred),
               {.host = pool.preferred});
}

// Fact 1.2: a refresh that finds no SPM is forgiven a few times while its tasks still run.
bool is_forgiven(Change& change) {
  PoolState& pool = change.state.pool;
  if (!has_pool_tasks(change.state)) return false;
  if (pool.error_attempts++ < change.state.timing.spm_fail_over_attempts) return true;
  pool.error_attempts = 0;
  return false;
}

std::string error_in(const CallFinished& finished) {
  if (const auto* failure = std::get_if<NetworkFailure>(&finished.outcome)) {
    return std::string(to_string(*failure));
  }
  const auto& reply = std::get<rpc::Reply>(finished.outcome);
  const auto* error = std::get_if<rpc::Error>(&reply);
  return error != nullptr ? error->message : "it is not the SPM";
}

void refresh_found_spm(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  pool.error_attempts = 0;
  if (pool.status == DataCenterStatus::Problematic || pool.status == DataCenterStatus::Contend) {
    pool.status = DataCenterStatus::Up;  // without a word, as in oVirt
  }
  know_domain(change, host);
}

// Fact 1.5: a network exception makes the data center problematic, and the proxy stays cached.
// oVirt may or may not fail over then (it depends on how the next call dies); the lab's description
// names the branch.
void refresh_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  pool.refresh_call = 0;
  const NodeId host = finished.call.host;
  const rpc::SpmReport* report = report_in(finished);
  if (report != nullptr && report->spm_status == SpmRole::Spm) {
    return refresh_found_spm(change, host);
  }
  pool_problematic(change, 987,
                   fmt::format("Invalid status on Data Center {}. Setting Data Center status to "
                               "Non Responsive (On host {}, Error: {}).",
                               change.state.data_center, host, error_in(finished)));
  if (unanswered(finished)) {
    if (change.state.dead_spm == DeadSpm::Stuck) return;
    pool.serves_command = false;
    return fail_over(change, host);
  }
  if (is_forgiven(change)) return;
  pool.proxy.reset();
  pool.serves_command = false;
  begin_search(change);
}

}  // namespace

void spm_not_stopped(Change& change) {
  PoolState& pool = change.state.pool;
  HostState& host = change.host(*pool.stopping);
  const bool forced = serves_force_select(change);
  pool.stopping.reset();
  pool.call = 0;
  if (const auto preferred = std::exchange(pool.preferred, std::nullopt); forced && preferred) {
    change.audit(4096, Severity::Error,
                 fmt::format("Failed to force select {} as the SPM due to a failure to stop the "
                             "current SPM.",
                             *preferred),
                 {.host = preferred});
    return;
  }
  // A host on its way into maintenance keeps its status; one that became NonOperational stays so.
  host.wants_maintenance = false;
  change.audit(27, Severity::Warning,
               fmt::format("Failed to change status of host {} due to a failure to stop the spm.",
                           host.name),
               {.host = host.name});
}

void spm_call_finished(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  if (finished.call.id == pool.refresh_call) {
    if (pool.search == SpmSearch::Idle && !pool.stopping) return refresh_answered(change, finished);
    pool.refresh_call = 0;
    return;
  }
  if (finished.call.id != pool.call) return;  // of a search that was given up
  pool.call = 0;
  if (pool.stopping) return release_answered(change, finished);
  switch (pool.search) {
    case SpmSearch::Idle:
      return;
    case SpmSearch::AskingCandidate:
      return candidate_answered(change, finished);
    case SpmSearch::AskingOwner:
      return owner_answered(change, finished);
    case SpmSearch::StoppingOwner:
      return owner_stopped(change, finished);
    case SpmSearch::Starting:
      return start_answered(change, finished);
    case SpmSearch::WaitingForStart:
      return start_polled(change, finished);
  }
}

}  // namespace splitsite::reference
