#include "topologies/reference/manager/core/storage_monitoring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "topologies/reference/manager/core/non_operational.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"

namespace splitsite::reference {
namespace {

constexpr std::chrono::hours kDelayInterval{1};        // event 524, as oVirt limits it
constexpr std::chrono::hours kReconstructInterval{1};  // event 985

std::string problem_of(const Change& change, const rpc::StorageReport& report) {
  if (!report.lun_error.empty()) return report.lun_error;
  if (!report.lun_visible) return "the LUN is not visible";
  if (report.last_check > change.state.timing.max_storage_vds_timeout_check) {
    return "the last check is too old";
  }
  return {};
}

void forget(PoolState& pool, const NodeId& host) { pool.domain_problem.hosts.erase(host); }

// Slow is no problem, only worth a word.
void look_at_delay(Change& change, const HostState& host, const rpc::StorageReport& report) {
  if (report.delay <= change.state.timing.max_storage_vds_delay_check) return;
  change.audit_at_most_every(
      kDelayInterval, 524, Severity::Warning,
      fmt::format("Storage domain {} experienced a high latency of {} seconds from host {}. This "
                  "may cause performance and functional issues. Please consult your Storage "
                  "Administrator.",
                  change.state.storage_domain,
                  std::chrono::duration_cast<std::chrono::seconds>(report.delay).count(),
                  host.name),
      {.host = host.name});
}

// Fact 3.3, with one data domain, which is the master: reconstructing it elsewhere is impossible.
// ReconstructMasterDomainCommand then leaves it Inactive, the data center problematic and without
// an SPM, and fails (985).
void reconstruct_master(Change& change) {
  PoolState& pool = change.state.pool;
  pool.master_domain = StorageDomainStatus::Inactive;
  pool.status = DataCenterStatus::Problematic;
  change.audit_at_most_every(kReconstructInterval, 985, Severity::Error,
                             fmt::format("Failed to Reconstruct Master Domain for Data Center {}.",
                                         change.state.data_center));
  if (!pool.spm || pool.stopping) return;
  const NodeId spm = *pool.spm;
  if (is_up(change.state, spm)) change.order(spm, rpc::StopSpm{});  // whether it works or not
  reset_spm(change);
}

void domain_timer_expired(Change& change, const std::vector<HostState*>& up) {
  const std::set<NodeId> reporting = std::exchange(change.state.pool.domain_problem.hosts, {});
  const bool somebody_reads = std::any_of(up.begin(), up.end(), [&](const HostState* host) {
    return reporting.count(host->name) == 0;
  });
  if (!somebody_reads) return reconstruct_master(change);
  for (HostState* host : up) {
    if (reporting.count(host->name) == 0) continue;
    set_non_operational(change, *host, NonOperational::StorageDomainUnreachable);
  }
}

}  // namespace

void take_storage_report(Change& change, HostState& host, const rpc::StorageReport& report) {
  host.storage.connected = report.connected;
  host.storage.lockspace_joined = report.lockspace_joined;
  host.storage.error = problem_of(change, report);
}

void watch_domain_of(Change& change, const HostState& host, const rpc::StorageReport& report) {
  PoolState& pool = change.state.pool;
  const bool watched =
      pool.status == DataCenterStatus::Up || pool.status == DataCenterStatus::Problematic;
  // IrsProxyImpl.updateVdsDomainsData: what a NonOperational host says counts as no problem.
  if (host.status == HostStatus::NonOperational && watched) forget(pool, host.name);
  if (host.status != HostStatus::Up || !watched) return;
  if (host.storage.error.empty()) {
    forget(pool, host.name);
    look_at_delay(change, host, report);
    if (pool.master_domain == StorageDomainStatus::Inactive) {
      pool.master_domain = StorageDomainStatus::Active;
    }
    return;
  }
  if (pool.master_domain == StorageDomainStatus::Inactive) return;
  if (pool.domain_problem.hosts.empty()) pool.domain_problem.since = change.now;
  pool.domain_problem.hosts.insert(host.name);
}

void watch_storage(Change& change) {
  PoolState& pool = change.state.pool;
  std::vector<HostState*> up;
  for (auto& [name, host] : change.state.hosts) {
    if (host.status == HostStatus::Up) up.push_back(&host);
    // IrsProxyImpl.clearVdsFromCache. Silence, or the way into maintenance, takes nothing back.
    if (host.status == HostStatus::Maintenance) forget(pool, name);
  }
  DomainProblem& problem = pool.domain_problem;
  const bool expired =
      !problem.hosts.empty() &&
      change.now - problem.since >= change.state.timing.storage_domain_failure_timeout;
  if (up.empty()) {
    pool.master_domain = StorageDomainStatus::Unknown;
    if (expired) problem.hosts.clear();  // nobody could reconstruct the domain
    return;
  }
  if (expired) domain_timer_expired(change, up);
}

void recover_domain(Change& change) {
  if (change.state.pool.master_domain != StorageDomainStatus::Inactive) return;
  for (auto& [name, host] : change.state.hosts) {
    if (host.status != HostStatus::Up || host.connect_call != 0) continue;
    host.connect_call = change.order(name, rpc::ConnectPool{.host_id = host.host_id});
  }
}

}  // namespace splitsite::reference
