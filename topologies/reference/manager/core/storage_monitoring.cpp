#include "topologies/reference/manager/core/storage_monitoring.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/maintenance.hpp"

namespace splitsite::reference {
namespace {

// MaxStorageVdsTimeoutCheckSec (fact 3.3).
constexpr std::chrono::seconds kOldestCheck{30};

std::string problem_of(const rpc::StorageReport& report) {
  if (!report.lun_error.empty()) return report.lun_error;
  if (!report.lun_visible) return "the LUN is not visible";
  if (report.last_check > kOldestCheck) return "the last check is too old";
  return {};
}

bool timed_out(const Change& change, const HostState& host) {
  return host.storage.failing_since && change.now - *host.storage.failing_since >=
                                           change.state.timing.storage_domain_failure_timeout;
}

void set_domain(Change& change, StorageDomainStatus status) {
  if (change.state.pool.master_domain == status) return;
  change.state.pool.master_domain = status;
  if (status != StorageDomainStatus::Inactive) return;
  change.audit(
      970, Severity::Error,
      fmt::format("Storage Domain {} (Data Center {}) was deactivated by system because it's "
                  "not visible by any of the hosts.",
                  change.state.storage_domain, change.state.data_center));
}

}  // namespace

void take_storage_report(Change& change, HostState& host, const rpc::StorageReport& report) {
  host.storage.connected = report.connected;
  host.storage.lockspace_joined = report.lockspace_joined;
  host.storage.error = problem_of(report);
  if (host.storage.error.empty()) {
    host.storage.failing_since.reset();
  } else if (!host.storage.failing_since) {
    host.storage.failing_since = change.now;
  }
}

void watch_storage(Change& change) {
  std::vector<HostState*> up;
  for (auto& [name, host] : change.state.hosts) {
    if (host.status == HostStatus::Up) up.push_back(&host);
  }
  if (up.empty()) return set_domain(change, StorageDomainStatus::Unknown);
  const auto reads = [](const HostState* host) { return host->storage.error.empty(); };
  if (std::any_of(up.begin(), up.end(), reads)) {
    set_domain(change, StorageDomainStatus::Active);
    for (HostState* host : up) {
      if (timed_out(change, *host))
        set_non_operational(change, *host, "storage_domain_unreachable");
    }
  } else if (std::all_of(up.begin(), up.end(),
                         [&](const HostState* host) { return timed_out(change, *host); })) {
    set_domain(change, StorageDomainStatus::Inactive);
  }
}

}  // namespace splitsite::reference
