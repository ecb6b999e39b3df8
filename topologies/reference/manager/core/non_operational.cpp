#include "topologies/reference/manager/core/non_operational.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/core/evacuation.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"

namespace splitsite::reference {
namespace {

constexpr std::chrono::minutes kEventInterval{1};  // oVirt's, for each of these

struct Words {
  int code;
  Severity severity;
  const char* detail;
  std::string text;
};

// SetNonOperationalVdsCommand.getAuditLogTypeValue.
Words words_of(const Change& change, const HostState& host, NonOperational reason) {
  switch (reason) {
    case NonOperational::StorageDomainUnreachable:
      return {522, Severity::Warning, "storage_domain_unreachable",
              fmt::format("Host {} cannot access the Storage Domain(s) {} attached to the Data "
                          "Center {}. Setting Host state to Non-Operational.",
                          host.name, change.state.storage_domain, change.state.data_center)};
    case NonOperational::TimeoutRecoveringFromCrash:
      break;
  }
  return {19, Severity::Error, "timeout_recovering_from_crash",
          fmt::format("Host {} failed to recover.", host.name)};
}

}  // namespace

void set_non_operational(Change& change, HostState& host, NonOperational reason) {
  const bool was_spm = change.state.spm_status(host.name) != SpmStatus::None;
  const Words words = words_of(change, host, reason);
  change.set_status(host, HostStatus::NonOperational);
  host.status_detail = words.detail;
  host.connecting_storage.reset();
  change.audit_at_most_every(kEventInterval, words.code, words.severity, words.text,
                             {.host = host.name});
  // A daemon that does not recover would refuse to migrate (SetNonOperationalVdsCommand).
  if (reason != NonOperational::TimeoutRecoveringFromCrash) {
    evacuate_by_error_handling(change, host);
  }
  if (was_spm && !change.state.pool.stopping) release_spm(change, host.name);
}

}  // namespace splitsite::reference
