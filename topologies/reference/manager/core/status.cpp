#include "topologies/reference/manager/core/status.hpp"

#include "topologies/reference/manager/core/fencing_state.hpp"

namespace splitsite::reference {

std::string_view to_string(HostStatus status) {
  switch (status) {
    case HostStatus::Unassigned:
      return "unassigned";
    case HostStatus::Initializing:
      return "initializing";
    case HostStatus::Up:
      return "up";
    case HostStatus::Connecting:
      return "connecting";
    case HostStatus::NonResponsive:
      return "non_responsive";
    case HostStatus::NonOperational:
      return "non_operational";
    case HostStatus::PreparingForMaintenance:
      return "preparing_for_maintenance";
    case HostStatus::Maintenance:
      return "maintenance";
    case HostStatus::Reboot:
      return "reboot";
    case HostStatus::Down:
      return "down";
  }
  return "error";
}

std::string_view to_string(PowerAction action) {
  switch (action) {
    case PowerAction::Status:
      return "status";
    case PowerAction::Off:
      return "off";
    case PowerAction::On:
      return "on";
  }
  return "status";
}

std::string_view to_string(PowerStatus status) {
  switch (status) {
    case PowerStatus::Unknown:
      return "unknown";
    case PowerStatus::On:
      return "on";
    case PowerStatus::Off:
      return "off";
  }
  return "unknown";
}

std::string_view to_string(VmStatus status) {
  switch (status) {
    case VmStatus::Down:
      return "down";
    case VmStatus::WaitForLaunch:
      return "wait_for_launch";
    case VmStatus::PoweringUp:
      return "powering_up";
    case VmStatus::Up:
      return "up";
    case VmStatus::Paused:
      return "paused";
    case VmStatus::Migrating:
      return "migrating";
    case VmStatus::PoweringDown:
      return "powering_down";
    case VmStatus::RebootInProgress:
      return "reboot_in_progress";
    case VmStatus::NotResponding:
      return "not_responding";
    case VmStatus::Unknown:
      return "unknown";
  }
  return "unassigned";
}

std::string_view to_string(DataCenterStatus status) {
  switch (status) {
    case DataCenterStatus::Uninitialized:
      return "uninitialized";
    case DataCenterStatus::Up:
      return "up";
    case DataCenterStatus::Maintenance:
      return "maintenance";
    case DataCenterStatus::NotOperational:
      return "not_operational";
    case DataCenterStatus::Problematic:
      return "problematic";
    case DataCenterStatus::Contend:
      return "contend";
  }
  return "uninitialized";
}

std::string_view to_string(StorageDomainStatus status) {
  switch (status) {
    case StorageDomainStatus::Unknown:
      return "unknown";
    case StorageDomainStatus::Active:
      return "active";
    case StorageDomainStatus::Inactive:
      return "inactive";
  }
  return "unknown";
}

std::string_view to_string(SpmStatus status) {
  switch (status) {
    case SpmStatus::None:
      return "none";
    case SpmStatus::Contending:
      return "contending";
    case SpmStatus::Spm:
      return "spm";
  }
  return "none";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Normal:
      return "normal";
    case Severity::Warning:
      return "warning";
    case Severity::Error:
      return "error";
    case Severity::Alert:
      return "alert";
  }
  return "normal";
}

}  // namespace splitsite::reference
