// The data center's part of the state: its status and the storage pool manager's role (fact 1).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "harness/core/id.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/status.hpp"

namespace splitsite::reference {

// Where the search for an SPM stands. One search at a time; every step is one call to one host.
enum class SpmSearch {
  Idle,
  AskingCandidate,  // StoragePool.getSpmStatus on the best candidate: who owns the lease?
  AskingOwner,      // storage names an owner: does it say so itself?
  StoppingOwner,    // StoragePool.spmStop on the owner
  Starting,         // StoragePool.spmStart sent to the candidate
  WaitingForStart,  // the candidate acquires the lease; polled every second (fact 1.2)
};

// Hosts that reported the storage domain as problematic while they were Up. One timer for the
// domain, from the first report of the first of them (fact 3.3).
struct DomainProblem {
  std::set<NodeId> hosts;
  Instant since{};
};

struct PoolState {
  DataCenterStatus status = DataCenterStatus::Problematic;
  StorageDomainStatus master_domain = StorageDomainStatus::Unknown;
  std::optional<NodeId> spm;  // storage_pool.spm_vds_id: what REST shows as the SPM
  // oVirt's cached IRS proxy: refreshes go to this host and nobody else is asked while it is set.
  std::optional<NodeId> proxy;
  SpmSearch search = SpmSearch::Idle;
  std::optional<NodeId> candidate;
  std::optional<NodeId> owner;
  std::set<NodeId> tried;           // in this search
  std::optional<NodeId> preferred;  // set by forceselectspm; tried first, once
  std::optional<NodeId> stopping;   // a planned spmStop is under way (maintenance, forceselect)
  std::uint64_t call = 0;           // the answer the search waits for; 0: none
  std::uint64_t refresh_call = 0;   // the refresh's getSpmStatus to the proxy; 0: none
  Instant next_refresh{};
  std::optional<Instant> paused_since;  // NotOperational: no selection (fact 1.6)
  Instant next_start_poll{};
  bool serves_command = false;        // the search ends after SpmCommandFailOverRetries hosts (1.2)
  std::optional<NodeId> last_failed;  // the candidate whose start failed last
  std::optional<Instant> waiting_since;  // for it to finish initializing (WaitForVdsInitInSec)
  int error_attempts = 0;                // refreshes that found no SPM while tasks ran (1.2)
  bool said_no_candidate = false;        // event 979 once per search, not every ten seconds
  DomainProblem domain_problem;
};

}  // namespace splitsite::reference
