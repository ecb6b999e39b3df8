#include "topologies/reference/manager/core/fence_commands.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/core/fence_events.hpp"
#include "topologies/reference/manager/core/fencing.hpp"
#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"

namespace splitsite::reference {
namespace {

std::string cannot(FenceType type) {
  switch (type) {
    case FenceType::Manual:
      return "Cannot confirm 'Host has been rebooted' Host.";
    case FenceType::Restart:
      return "Cannot restart Host.";
    case FenceType::Start:
      return "Cannot start Host.";
    case FenceType::Stop:
      return "Cannot stop Host.";
    case FenceType::Status:
      break;
  }
  return "Cannot check the power of Host.";
}

// FenceVdsManualyCommand.isLegalStatus, those of them that there are here.
bool can_be_confirmed(HostStatus status) {
  return status == HostStatus::Down || status == HostStatus::Maintenance ||
         status == HostStatus::NonOperational || status == HostStatus::NonResponsive ||
         status == HostStatus::Reboot || status == HostStatus::Connecting;
}

CommandReply confirm_rebooted(Change& change, HostState& host) {
  const std::string prefix = cannot(FenceType::Manual);
  if (!can_be_confirmed(host.status)) {
    return refused(prefix +
                   " Valid Host statuses are \"Non operational\", \"Maintenance\" or "
                   "\"Connecting\".");
  }
  const bool is_spm = change.state.spm_status(host.name) == SpmStatus::Spm;
  if (is_spm && !best_candidate(change.state)) {
    return refused(prefix + " There is no active Host in the Data Center.");
  }
  if (!release_spm_of_fenced(change, host)) {
    return refused(prefix + " The Data Center is up.");
  }
  change.audit(494, Severity::Normal,
               fmt::format("Manual fence for host {} was started.", host.name),
               {.host = host.name});
  clear_vms(change, host);
  return accepted();
}

// StartVdsCommand, StopVdsCommand; a restart has no rule of its own: it may hit a host that is Up.
std::string wrong_status(FenceType type, HostStatus status) {
  const bool can_start = status == HostStatus::Down || status == HostStatus::NonResponsive ||
                         status == HostStatus::Reboot || status == HostStatus::Maintenance;
  if (type == FenceType::Start && status == HostStatus::Connecting) {
    return "Due to intermittent connectivity to this Host, fence operations are not allowed at "
           "this time. The system is trying to reconnect, please try again in 30 seconds.";
  }
  if (type == FenceType::Start && !can_start) {
    return "Cannot perform Start operation, Host has to be in one of the following statuses: Down "
           ",Non Responsive or Maintenance.";
  }
  if (type == FenceType::Stop && status != HostStatus::Maintenance) {
    return "Cannot perform Stop operation, Host has to be in Maintenance mode in order to be "
           "stopped.";
  }
  return {};
}

// The event whose age counts: a start waits after a stop, and the other way round.
int quiet_event(FenceType type) {
  if (type == FenceType::Start) return 21;
  return type == FenceType::Stop ? 20 : 41;
}

// The rules of FenceVdsBaseCommand and RestartVdsCommand, in their order.
std::string not_possible(const Change& change, const HostState& host, FenceType type) {
  if (!host.power_management) return "Cannot fence Host, Host fence is disabled.";
  if (is_in_quarantine(change.state, host, change.now)) {
    return "Fence is disabled due to the Engine Service start up sequence.";
  }
  const long quiet = quiet_seconds_left(change.state, host.name, quiet_event(type), change.now);
  if (quiet > 0) {
    return fmt::format(
        "Another Power Management operation is still running, please retry in {} "
        "Sec.",
        quiet);
  }
  if (!find_proxy(change.state, host.name)) {
    return cannot(type) +
           " There is no other Host in the Data Center that can be used to test the Power "
           "Management settings.";
  }
  return {};
}

CommandReply ask_status(Change& change, HostState& host) {
  const std::uint64_t number = ++change.state.last_call;
  host.fencing.flow.emplace(FenceFlow{.goal = FenceGoal::Status, .reply = number});
  ask_power_status(change, host);
  return {.later = number};
}

CommandReply change_power(Change& change, HostState& host, const FenceHost& command) {
  std::string why = wrong_status(command.type, host.status);
  if (why.empty()) why = not_possible(change, host, command.type);
  if (!why.empty()) {
    return refused(why + "," + cannot(command.type) + " Fence operation failed.");
  }
  FenceFlow& flow = host.fencing.flow.emplace();
  flow.to_maintenance =
      command.type == FenceType::Restart &&
      (command.maintenance_after_restart || host.status == HostStatus::Maintenance);
  if (command.type == FenceType::Start) {
    flow.goal = FenceGoal::Start;
    start_by_proxy(change, host);
  } else if (command.type == FenceType::Stop) {
    flow.goal = FenceGoal::Stop;
    stop_by_proxy(change, host);
  } else {
    flow.goal = FenceGoal::Restart;
    restart_by_proxy(change, host);
  }
  return accepted();
}

}  // namespace

CommandReply fence_host(Change& change, const FenceHost& command) {
  HostState& host = change.host(command.host);
  if (host.fencing.flow) {
    return refused(cannot(command.type) +
                   " Another power management action is already in progress.");
  }
  if (command.type == FenceType::Manual) return confirm_rebooted(change, host);
  if (command.type == FenceType::Status) return ask_status(change, host);
  return change_power(change, host, command);
}

}  // namespace splitsite::reference
