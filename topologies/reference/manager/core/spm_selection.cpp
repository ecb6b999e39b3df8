// The search: who may be asked, what is asked next, when it ends. What the answers mean is in
// spm_answers.cpp.
#include "topologies/reference/manager/core/spm_selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/spm_search.hpp"
#include "topologies/reference/manager/core/vm_edit.hpp"

namespace splitsite::reference {
namespace {

// oVirt's intervals of the pool's events, and how often it looks at an initializing host.
constexpr std::chrono::minutes kEventInterval{1};
constexpr std::chrono::seconds kInitializingPoll{5};

bool can_be_spm(const ClusterState& state, const HostState& host) {
  return host.status == HostStatus::Up && host.spm_priority >= 0 &&
         state.pool.tried.count(host.name) == 0;
}

std::vector<NodeId> best_candidates(const ClusterState& state) {
  std::vector<NodeId> best;
  int priority = -1;
  for (const auto& [name, host] : state.hosts) {
    if (!can_be_spm(state, host) || host.spm_priority < priority) continue;
    if (host.spm_priority > priority) best.clear();
    priority = host.spm_priority;
    best.push_back(name);
  }
  return best;
}

std::optional<NodeId> pick_candidate(Change& change) {
  PoolState& pool = change.state.pool;
  if (const auto preferred = std::exchange(pool.preferred, std::nullopt)) {
    if (can_be_spm(change.state, change.host(*preferred))) return preferred;
  }
  const std::vector<NodeId> best = best_candidates(change.state);
  if (best.empty()) return std::nullopt;
  return best[change.draw(best.size())];  // ties are broken randomly (fact 1.1)
}

// Fact 1.2: the candidate that failed last is on its way back, and is waited for.
bool waits_for_initializing(Change& change) {
  PoolState& pool = change.state.pool;
  const bool initializing =
      pool.last_failed && change.host(*pool.last_failed).status == HostStatus::Initializing;
  if (!initializing) {
    pool.waiting_since.reset();
    return false;
  }
  if (!pool.waiting_since) pool.waiting_since = change.now;
  return change.now - *pool.waiting_since < change.state.timing.wait_for_vds_init;
}

// Fact 1.6 and 1.7: the pause ends after its time if a host is up then, when a host comes up, or
// with any other change of the data center's status (a reset).
bool is_paused(Change& change) {
  PoolState& pool = change.state.pool;
  if (pool.status != DataCenterStatus::NotOperational) pool.paused_since.reset();
  if (!pool.paused_since) return false;
  const auto& hosts = change.state.hosts;
  const bool over =
      change.now >=
      *pool.paused_since + change.state.timing.storage_pool_non_operational_reset_timeout;
  const bool ends = std::any_of(hosts.begin(), hosts.end(), [&](const auto& entry) {
    const HostState& host = entry.second;
    return host.status == HostStatus::Up && (over || host.status_since > *pool.paused_since);
  });
  if (!ends) return true;
  pool.paused_since.reset();
  pool.status = DataCenterStatus::Problematic;
  change.audit(989, Severity::Normal,
               fmt::format("Try to recover Data Center {}. Setting status to Non Responsive.",
                           change.state.data_center));
  return false;
}

void no_candidate(Change& change) {
  PoolState& pool = change.state.pool;
  end_search(pool);
  if (pool.said_no_candidate) return;
  pool.said_no_candidate = true;
  change.audit(
      979, Severity::Warning,
      fmt::format("Fatal error: no host can be the Storage Pool Manager of Data Center {}.",
                  change.state.data_center));
}

}  // namespace

std::optional<NodeId> best_candidate(const ClusterState& state) {
  const std::vector<NodeId> best = best_candidates(state);
  return best.empty() ? std::nullopt : std::optional(best.front());
}

void end_search(PoolState& pool) {
  pool.search = SpmSearch::Idle;
  pool.candidate.reset();
  pool.owner.reset();
  pool.tried.clear();
  pool.call = 0;
}

void pool_problematic(Change& change, int code, const std::string& text) {
  PoolState& pool = change.state.pool;
  if (pool.status == DataCenterStatus::Problematic) return;
  pool.status = DataCenterStatus::Problematic;
  change.audit_at_most_every(kEventInterval, code, Severity::Warning, text);
}

void begin_search(Change& change) {
  PoolState& pool = change.state.pool;
  end_search(pool);
  if (waits_for_initializing(change)) {
    pool.next_refresh = std::min(pool.next_refresh, change.now + Duration(kInitializingPoll));
    return;
  }
  pool_problematic(change, 986,
                   "Data Center is being initialized, please wait for initialization to complete.");
  ask_next_candidate(change);
}

void ask_next_candidate(Change& change) {
  PoolState& pool = change.state.pool;
  // Fact 1.2: a command gives up after so many hosts, the refresh asks them all.
  const auto limit = static_cast<std::size_t>(change.state.timing.spm_command_fail_over_retries);
  const bool goes_on = !pool.serves_command || pool.tried.size() < limit;
  pool.candidate = goes_on ? pick_candidate(change) : std::nullopt;
  if (!pool.candidate) return no_candidate(change);
  pool.search = SpmSearch::AskingCandidate;
  pool.call = change.order(*pool.candidate, rpc::GetSpmStatus{});
}

void start_candidate(Change& change, int previous_id) {
  PoolState& pool = change.state.pool;
  pool.search = SpmSearch::Starting;
  pool.spm = pool.candidate;
  pool.status = DataCenterStatus::Contend;
  pool.call = change.order(*pool.candidate, rpc::StartSpm{.prev_id = previous_id});
}

void candidate_failed(Change& change) {
  PoolState& pool = change.state.pool;
  pool.tried.insert(*pool.candidate);
  pool.last_failed = pool.candidate;
  if (pool.status == DataCenterStatus::Contend) pool.spm.reset();
  pool_problematic(
      change, 980,
      fmt::format("Invalid status on Data Center {}. Setting status to Non Responsive.",
                  change.state.data_center));
  ask_next_candidate(change);
}

void selected(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  end_search(pool);
  pool.spm = host;
  pool.proxy = host;
  pool.status = DataCenterStatus::Up;
  pool.preferred.reset();
  pool.last_failed.reset();
  pool.said_no_candidate = false;
  know_domain(change, host);
  for (auto& [name, each] : change.state.hosts) each.fenced = false;  // oVirt's setFencedIrs(null)
  change.audit(204, Severity::Normal,
               fmt::format("Storage Pool Manager runs on Host {} (Address: {}), Data Center {}.",
                           host, change.host(host).address, change.state.data_center),
               {.host = host});
}

void know_domain(Change& change, const NodeId& spm) {
  PoolState& pool = change.state.pool;
  if (pool.master_domain != StorageDomainStatus::Unknown) return;
  const HostState& host = change.host(spm);
  const bool readable = host.status == HostStatus::Up && host.storage.error.empty();
  if (readable) pool.master_domain = StorageDomainStatus::Active;
}

void refresh_pool(Change& change) {
  PoolState& pool = change.state.pool;
  if (is_paused(change)) return;
  if (change.now < pool.next_refresh) return;
  pool.next_refresh = change.now + change.state.timing.storage_pool_refresh_time;
  if (pool.search != SpmSearch::Idle || pool.stopping) return;
  if (pool.proxy) {
    if (pool.refresh_call == 0) pool.refresh_call = change.order(*pool.proxy, rpc::GetSpmStatus{});
    return;
  }
  // Nobody is asked: problematic (980), and a search.
  pool_problematic(
      change, 980,
      fmt::format("Invalid status on Data Center {}. Setting status to Non Responsive.",
                  change.state.data_center));
  pool.serves_command = false;
  begin_search(change);
}

void pause_selection(Change& change) {
  PoolState& pool = change.state.pool;
  if (!pool.stopping) end_search(pool);
  pool.refresh_call = 0;
  pool.paused_since = change.now;
  pool.status = DataCenterStatus::NotOperational;
  if (pool.master_domain == StorageDomainStatus::Active) {
    pool.master_domain = StorageDomainStatus::Unknown;
  }
  change.audit(979, Severity::Error,
               fmt::format("Fencing failed on Storage Pool Manager for Data Center {}. Setting "
                           "status to Non-Operational.",
                           change.state.data_center));
}

void poll_spm_start(Change& change) {
  PoolState& pool = change.state.pool;
  if (pool.search != SpmSearch::WaitingForStart || pool.call != 0) return;
  if (change.now < pool.next_start_poll) return;
  pool.call = change.order(*pool.candidate, rpc::GetSpmStatus{});
}

bool may_stop_spm(Change& change, const HostState& host) {
  if (host.status == HostStatus::NonResponsive || host.status == HostStatus::Connecting) {
    return false;
  }
  if (change.state.pool.proxy != host.name || !has_pool_tasks(change.state)) return true;
  change.audit(9030, Severity::Error,
               fmt::format("Not stopping SPM on vds {}, as there are uncleared tasks.", host.name),
               {.host = host.name});
  return false;
}

void release_spm(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  end_search(pool);
  pool.stopping = host;
  if (!may_stop_spm(change, change.host(host))) return spm_not_stopped(change);
  pool.call = change.order(host, rpc::StopSpm{});
}

void reset_spm(Change& change) {
  PoolState& pool = change.state.pool;
  if (!pool.stopping) end_search(pool);
  pool.proxy.reset();
  pool.spm.reset();
  pool.refresh_call = 0;
  if (pool.status != DataCenterStatus::NotOperational) return;
  pool_problematic(change, 993,
                   fmt::format("Data Center {} was reset. Setting status to Non Responsive (Elect "
                               "new Storage Pool Manager).",
                               change.state.data_center));
}

bool spm_command_finds_spm(Change& change) {
  PoolState& pool = change.state.pool;
  if (pool.status == DataCenterStatus::Up && pool.proxy) return true;
  if (pool.search != SpmSearch::Idle || pool.stopping ||
      pool.status == DataCenterStatus::NotOperational) {
    return false;
  }
  pool.serves_command = true;
  if (pool.proxy) {
    fail_over(change, *pool.proxy);
  } else {
    begin_search(change);
  }
  return false;
}

void spm_lost_role(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  if (pool.proxy != host || pool.search != SpmSearch::Idle || pool.stopping) return;
  pool.serves_command = true;
  fail_over(change, host);
}

void fail_over(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  pool.proxy.reset();
  pool.refresh_call = 0;
  end_search(pool);
  pool.tried.insert(host);
  pool_problematic(change, 986,
                   "Data Center is being initialized, please wait for initialization to complete.");
  ask_next_candidate(change);
}

CommandReply force_select_spm(Change& change, const ForceSelectSpm& command) {
  const HostState& host = change.host(command.host);
  PoolState& pool = change.state.pool;
  const auto cannot = [](const std::string& why) { return "Cannot force select SPM. " + why; };
  if (host.status != HostStatus::Up) {
    return refused(cannot(fmt::format("The Host {} is not active.", host.name)));
  }
  if (change.state.spm_status(host.name) != SpmStatus::None) {
    return refused(cannot(fmt::format("The Host {} is already SPM or contending.", host.name)));
  }
  if (host.spm_priority < 0) {
    return bad_request(
        cannot(fmt::format("The SPM priority of Host {} is set to 'never'. This Host cannot be "
                           "elected as SPM.",
                           host.name)));
  }
  if (pool.status != DataCenterStatus::Up || !pool.spm || pool.stopping) {
    return refused(cannot("The Data Center is not up."));
  }
  if (has_pool_tasks(change.state)) {
    return refused(cannot("The Storage Pool has running tasks."));
  }
  pool.preferred = host.name;
  release_spm(change, *pool.spm);
  return accepted();
}

}  // namespace splitsite::reference
