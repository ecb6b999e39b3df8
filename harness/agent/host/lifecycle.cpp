#include "harness/agent/host/lifecycle.hpp"

#include <libvirt/libvirt.h>

namespace splitsite::agent {
namespace {

RunningChange started(int detail) {
  switch (detail) {
    case VIR_DOMAIN_EVENT_STARTED_BOOTED:
      return {true, "booted"};
    case VIR_DOMAIN_EVENT_STARTED_MIGRATED:
      return {false, "incoming migration"};
    case VIR_DOMAIN_EVENT_STARTED_RESTORED:
      return {true, "restored"};
    default:
      return {true, "started"};
  }
}

std::string suspended(int detail) {
  switch (detail) {
    case VIR_DOMAIN_EVENT_SUSPENDED_PAUSED:
      return "paused";
    case VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED:
      return "migrated away";
    case VIR_DOMAIN_EVENT_SUSPENDED_IOERROR:
      return "I/O error";
    case VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG:
      return "watchdog";
    default:
      return "suspended";
  }
}

std::string resumed(int detail) {
  return detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED ? "migrated here" : "resumed";
}

std::string stopped(int detail) {
  switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
      return "shut down";
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
      return "destroyed";
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
      return "crashed";
    case VIR_DOMAIN_EVENT_STOPPED_MIGRATED:
      return "migrated away";
    case VIR_DOMAIN_EVENT_STOPPED_FAILED:
      return "failed";
    default:
      return "stopped";
  }
}

}  // namespace

std::optional<RunningChange> running_change(int event, int detail) {
  switch (event) {
    case VIR_DOMAIN_EVENT_STARTED:
      return started(detail);
    case VIR_DOMAIN_EVENT_SUSPENDED:
      return RunningChange{false, suspended(detail)};
    case VIR_DOMAIN_EVENT_RESUMED:
      return RunningChange{true, resumed(detail)};
    case VIR_DOMAIN_EVENT_STOPPED:
      return RunningChange{false, stopped(detail)};
    case VIR_DOMAIN_EVENT_SHUTDOWN:
      return RunningChange{false, "guest has shut down"};
    case VIR_DOMAIN_EVENT_PMSUSPENDED:
      return RunningChange{false, "guest sleeps"};
    case VIR_DOMAIN_EVENT_CRASHED:
      return RunningChange{false, "guest has crashed"};
    default:
      return std::nullopt;
  }
}

}  // namespace splitsite::agent
