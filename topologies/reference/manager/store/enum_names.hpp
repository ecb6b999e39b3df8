// Names of states in the database: REST's where REST shows them. A database holds names and not
// numbers, so that a state put between two others does not change what is stored.
#pragma once

#include <optional>
#include <string_view>

#include "topologies/reference/manager/core/cluster_policy.hpp"
#include "topologies/reference/manager/core/job_state.hpp"
#include "topologies/reference/manager/core/status.hpp"
#include "topologies/reference/manager/core/vm_state.hpp"

namespace splitsite::reference::store {

inline std::string_view name_of(HostStatus value) { return to_string(value); }
inline std::string_view name_of(VmStatus value) { return to_string(value); }
inline std::string_view name_of(DataCenterStatus value) { return to_string(value); }
inline std::string_view name_of(StorageDomainStatus value) { return to_string(value); }
inline std::string_view name_of(MigrationMode value) { return to_string(value); }
inline std::string_view name_of(Severity value) { return to_string(value); }
inline std::string_view name_of(ResumeBehaviour value) {
  const bool known = value >= ResumeBehaviour::AutoResume && value <= ResumeBehaviour::Kill;
  return known ? to_string(value) : "";
}
inline std::string_view name_of(JobStatus value) { return to_string(value); }
inline std::string_view name_of(StepKind value) { return to_string(value); }

constexpr std::string_view name_of(OnHostError value) {
  switch (value) {
    case OnHostError::Migrate:
      return "migrate";
    case OnHostError::DoNotMigrate:
      return "do_not_migrate";
    case OnHostError::MigrateHighlyAvailable:
      return "migrate_highly_available";
  }
  return "";
}

constexpr std::string_view name_of(JobEnd value) {
  switch (value) {
    case JobEnd::AtOnce:
      return "at_once";
    case JobEnd::HostInMaintenance:
      return "host_in_maintenance";
    case JobEnd::HostFenced:
      return "host_fenced";
    case JobEnd::VmRuns:
      return "vm_runs";
    case JobEnd::VmResumed:
      return "vm_resumed";
    case JobEnd::VmStopped:
      return "vm_stopped";
    case JobEnd::VmMoved:
      return "vm_moved";
  }
  return "";
}

// None when no value has this name. No enumeration of the state has more than 32 values.
template <class E>
std::optional<E> value_of(std::string_view name) {
  for (int i = 0; i < 32; ++i) {
    if (name_of(static_cast<E>(i)) == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace splitsite::reference::store
