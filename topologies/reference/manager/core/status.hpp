// The states of oVirt's REST model (ovirt-engine-api-model types HostStatus, VmStatus,
// DataCenterStatus, StorageDomainStatus, SpmStatus) with the names the API prints.
#pragma once

#include <string_view>

namespace splitsite::reference {

enum class HostStatus {
  Unassigned,
  Initializing,
  Up,
  Connecting,
  NonResponsive,
  NonOperational,
  PreparingForMaintenance,
  Maintenance,
  Reboot,
  Down,
};

enum class VmStatus {
  Down,
  WaitForLaunch,
  PoweringUp,
  Up,
  Paused,
  Migrating,
  PoweringDown,
  RebootInProgress,
  NotResponding,
  Unknown,
};

enum class DataCenterStatus {
  Uninitialized,
  Up,
  Maintenance,
  NotOperational,
  Problematic,
  Contend
};

enum class StorageDomainStatus { Unknown, Active, Inactive };

enum class SpmStatus { None, Contending, Spm };

enum class Severity { Normal, Warning, Error, Alert };

// REST names: "non_responsive", "wait_for_launch", "not_operational", "contending", "normal".
std::string_view to_string(HostStatus status);
std::string_view to_string(VmStatus status);
std::string_view to_string(DataCenterStatus status);
std::string_view to_string(StorageDomainStatus status);
std::string_view to_string(SpmStatus status);
std::string_view to_string(Severity severity);

}  // namespace splitsite::reference
