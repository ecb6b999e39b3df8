// What the hosts' answers mean for the SPM role: the table of fact 1.4, and fact 1.5 for a silent
// SPM.
#include <fmt/format.h>

#include "topologies/reference/manager/core/maintenance.hpp"
#include "topologies/reference/manager/core/spm_search.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"

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
  pool.search = SpmSearch::StoppingOwner;
  pool.call = change.order(*pool.owner, rpc::StopSpm{});
}

// Fact 1.4: storage names an owner.
void judge_owner(Change& change, const HostState& owner) {
  PoolState& pool = change.state.pool;
  if (owner.fenced || owner.name == pool.candidate) {
    return start_candidate(change, owner.host_id);
  }
  pool.owner = owner.name;
  switch (owner.status) {
    case HostStatus::Up:
      pool.search = SpmSearch::AskingOwner;
      pool.call = change.order(owner.name, rpc::GetSpmStatus{});
      return;
    case HostStatus::NonOperational:
    case HostStatus::PreparingForMaintenance:
    case HostStatus::Maintenance:
      return stop_owner(change);
    default:
      // NonResponsive, Connecting, or back but not ready: it may still hold the lease. The next
      // refresh asks again, until sanlock sees it dead or it speaks for itself.
      return end_search(pool);
  }
}

void candidate_answered(Change& change, const CallFinished& finished) {
  const rpc::SpmReport* report = report_in(finished);
  if (report == nullptr) return candidate_failed(change);
  const NodeId candidate = *change.state.pool.candidate;
  if (report->spm_status == SpmRole::Spm) return accept_spm(change, candidate);
  const HostState* owner = host_with_id(change.state, report->spm_id);
  if (owner == nullptr) return start_candidate(change, report->spm_id);
  judge_owner(change, *owner);
}

void owner_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  if (unanswered(finished)) return end_search(pool);
  const rpc::SpmReport* report = report_in(finished);
  if (report == nullptr) return stop_owner(change);
  if (report->spm_status == SpmRole::Spm) return accept_spm(change, *pool.owner);
  if (report->spm_status == SpmRole::Contend) return end_search(pool);
  start_candidate(change, change.host(*pool.owner).host_id);
}

void owner_stopped(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  if (done(finished)) return start_candidate(change, change.host(*pool.owner).host_id);
  change.audit(9030, Severity::Error,
               fmt::format("SPM on host {} could not be stopped", *pool.owner),
               {.host = *pool.owner});
  end_search(pool);
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
  if (report->spm_status == SpmRole::Spm) return accept_spm(change, *pool.candidate);
  pool.next_start_poll = change.now + std::chrono::seconds(1);
}

// Fact 1.6: what waited for the role to be given up.
void release_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  HostState& host = change.host(*pool.stopping);
  pool.stopping.reset();
  if (!done(finished)) {
    const int code = host.wants_maintenance ? 27 : 4096;
    change.audit(
        code, Severity::Error,
        fmt::format("Host {} could not stop being the SPM; it keeps its status", host.name),
        {.host = host.name});
    host.wants_maintenance = false;
    pool.preferred.reset();
    return;
  }
  pool.proxy.reset();
  pool.spm.reset();
  if (host.wants_maintenance) begin_maintenance(change, host);
  begin_search(change, "the SPM moves");
}

// Fact 1.5: a network exception makes the data center problematic. oVirt may or may not fail over
// here (it depends on how the call dies); the lab's description names the branch.
void refresh_answered(Change& change, const CallFinished& finished) {
  PoolState& pool = change.state.pool;
  pool.refresh_call = 0;
  const rpc::SpmReport* report = report_in(finished);
  if (report != nullptr && report->spm_status == SpmRole::Spm) {
    return accept_spm(change, finished.call.host);
  }
  if (unanswered(finished)) {
    set_pool_status(change, DataCenterStatus::Problematic, "the SPM does not answer");
    if (change.state.dead_spm == DeadSpm::Stuck) return;
  }
  pool.proxy.reset();
  begin_search(change, "the SPM lost its role");
}

}  // namespace

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
