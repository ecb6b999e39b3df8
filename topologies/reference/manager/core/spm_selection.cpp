// The search: who may be asked, what is asked next, when it ends. What the answers mean is in
// spm_answers.cpp.
#include "topologies/reference/manager/core/spm_selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/spm_search.hpp"

namespace splitsite::reference {
namespace {

// WaitForVdsInitInSec (fact 1.2).
constexpr std::chrono::seconds kWaitForInit{60};

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

// At the Manager's start hosts come Up one after the other. As oVirt waits for an initializing SPM
// (WaitForVdsInitInSec), the first selection waits that long for hosts of higher priority which
// have not been Up yet. A Manager that starts while they are gone finds its SPM that much later.
bool waits_for_better_host(Change& change) {
  PoolState& pool = change.state.pool;
  if (pool.ever_selected) return false;
  const std::vector<NodeId> best = best_candidates(change.state);
  if (best.empty()) return false;
  if (!pool.first_candidate) pool.first_candidate = change.now;
  if (change.now - *pool.first_candidate >= kWaitForInit) return false;
  const int priority = change.host(best.front()).spm_priority;
  return std::any_of(change.state.hosts.begin(), change.state.hosts.end(), [&](const auto& entry) {
    const HostState& host = entry.second;
    return host.spm_priority > priority && !host.was_up && host.status != HostStatus::Maintenance &&
           host.status != HostStatus::NonOperational;
  });
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

void set_pool_status(Change& change, DataCenterStatus status, const std::string& why) {
  PoolState& pool = change.state.pool;
  if (pool.status == status) return;
  pool.status = status;
  if (status != DataCenterStatus::Problematic) return;
  change.audit(
      980, Severity::Error,
      fmt::format("Invalid status on Data Center {}. Setting status to Non Responsive ({}).",
                  change.state.data_center, why));
}

void begin_search(Change& change, const std::string& why) {
  PoolState& pool = change.state.pool;
  end_search(pool);
  set_pool_status(change, DataCenterStatus::Problematic, why);
  if (!waits_for_better_host(change)) return ask_next_candidate(change);
  pool.next_refresh = change.now + std::chrono::seconds(1);
}

void ask_next_candidate(Change& change) {
  PoolState& pool = change.state.pool;
  const auto limit = static_cast<std::size_t>(change.state.timing.spm_command_fail_over_retries);
  pool.candidate = pool.tried.size() < limit ? pick_candidate(change) : std::nullopt;
  if (!pool.candidate) return no_candidate(change);
  pool.search = SpmSearch::AskingCandidate;
  pool.call = change.order(*pool.candidate, rpc::GetSpmStatus{});
}

void start_candidate(Change& change, int previous_id) {
  PoolState& pool = change.state.pool;
  pool.search = SpmSearch::Starting;
  pool.spm = pool.candidate;
  set_pool_status(change, DataCenterStatus::Contend, "");
  pool.call = change.order(*pool.candidate, rpc::StartSpm{.prev_id = previous_id});
}

void candidate_failed(Change& change) {
  PoolState& pool = change.state.pool;
  pool.tried.insert(*pool.candidate);
  if (pool.status == DataCenterStatus::Contend) pool.spm.reset();
  set_pool_status(change, DataCenterStatus::Problematic, "the SPM could not be started");
  ask_next_candidate(change);
}

void accept_spm(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  const bool news = pool.spm != host || pool.status != DataCenterStatus::Up;
  end_search(pool);
  pool.spm = host;
  pool.proxy = host;
  pool.preferred.reset();
  pool.ever_selected = true;
  pool.said_no_candidate = false;
  set_pool_status(change, DataCenterStatus::Up, "");
  if (!news) return;
  change.audit(204, Severity::Normal,
               fmt::format("Storage Pool Manager runs on Host {} (Address: {}), Data Center {}.",
                           host, change.host(host).address, change.state.data_center),
               {.host = host});
}

void refresh_pool(Change& change) {
  PoolState& pool = change.state.pool;
  if (change.now < pool.next_refresh) return;
  pool.next_refresh = change.now + change.state.timing.storage_pool_refresh_time;
  if (pool.search != SpmSearch::Idle || pool.stopping) return;
  if (!pool.proxy) return begin_search(change, "there is no SPM");
  if (pool.refresh_call == 0) pool.refresh_call = change.order(*pool.proxy, rpc::GetSpmStatus{});
}

void poll_spm_start(Change& change) {
  PoolState& pool = change.state.pool;
  if (pool.search != SpmSearch::WaitingForStart || pool.call != 0) return;
  if (change.now < pool.next_start_poll) return;
  pool.call = change.order(*pool.candidate, rpc::GetSpmStatus{});
}

void release_spm(Change& change, const NodeId& host) {
  PoolState& pool = change.state.pool;
  pool.stopping = host;
  pool.call = change.order(host, rpc::StopSpm{});
}

void reset_spm(Change& change) {
  PoolState& pool = change.state.pool;
  pool.proxy.reset();
  pool.refresh_call = 0;
  if (pool.search == SpmSearch::Idle && !pool.stopping) begin_search(change, "the SPM was reset");
}

CommandReply force_select_spm(Change& change, const ForceSelectSpm& command) {
  const HostState& host = change.host(command.host);
  PoolState& pool = change.state.pool;
  const auto cannot = [](const std::string& why) {
    return refused("Cannot force select SPM. " + why);
  };
  if (host.status != HostStatus::Up) return cannot("The Host is not up.");
  if (pool.spm == host.name) return cannot("The Host is already the SPM.");
  if (host.spm_priority < 0) return cannot("The Host is marked as never SPM.");
  if (pool.status != DataCenterStatus::Up || !pool.spm || pool.stopping) {
    return cannot("The Data Center is not up.");
  }
  change.audit(159, Severity::Normal,
               fmt::format("Host {} was force selected as the SPM by admin@internal.", host.name),
               {.host = host.name});
  pool.preferred = host.name;
  release_spm(change, *pool.spm);
  return accepted();
}

}  // namespace splitsite::reference
