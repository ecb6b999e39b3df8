#include "topologies/reference/manager/core/maintenance.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

CommandReply cannot_maintain(const std::string& why) {
  return refused("Cannot switch Host to Maintenance mode. " + why);
}

// The refusals of fact 4.3; empty when the host may go.
std::string why_not(const ClusterState& state, const HostState& host) {
  switch (host.status) {
    case HostStatus::Maintenance:
    case HostStatus::PreparingForMaintenance:
      return "Host is already in Maintenance mode.";
    case HostStatus::NonResponsive:
      if (state.vms_on(host.name) > 0) return "Host is Non Responsive and has VMs.";
      if (state.pool.spm == host.name) return "Host is Non Responsive and is the SPM.";
      return {};
    case HostStatus::Connecting:
    case HostStatus::Initializing:
    case HostStatus::Unassigned:
      return "Host is not in a state that allows it.";
    default:
      break;
  }
  const bool contends = state.pool.candidate == host.name || state.pool.stopping == host.name;
  return contends ? "Host is contending for the SPM role." : "";
}

void evacuate(Change& change, const HostState& host, const std::string& reason) {
  for (VmState* vm : by_priority(change.state)) {
    const bool movable = vm->run_on == host.name && vm->status == VmStatus::Up &&
                         find_migration(change.state, vm->name) == nullptr &&
                         change.now >= vm->migrate_not_before;
    if (!movable) continue;
    const Schedule found = schedule(change.state, *vm, {host.name});
    if (found.best.empty()) continue;
    begin_migration(change, *vm, found.best[change.draw(found.best.size())], reason);
  }
}

void finish_maintenance(Change& change, HostState& host) {
  if (change.state.vms_on(host.name) > 0) return;
  for (const Migration& migration : change.state.migrations) {
    if (migration.source == host.name || migration.destination == host.name) return;
  }
  change.set_status(host, HostStatus::Maintenance);
  change.order(host.name, rpc::DisconnectPool{});
  change.audit(15, Severity::Normal, fmt::format("Host {} is now in Maintenance mode.", host.name),
               {.host = host.name});
}

}  // namespace

CommandReply activate(Change& change, const ActivateHost& command) {
  HostState& host = change.host(command.host);
  if (host.status != HostStatus::Maintenance && host.status != HostStatus::NonOperational &&
      host.status != HostStatus::PreparingForMaintenance) {
    return refused(fmt::format("Cannot activate Host. Host in {} status.", to_string(host.status)));
  }
  host.failed_attempts = 0;
  host.last_contact.reset();
  change.set_status(host, HostStatus::Unassigned);
  change.audit(16, Severity::Normal, fmt::format("Activation of host {} initiated.", host.name),
               {.host = host.name});
  return accepted();
}

CommandReply deactivate(Change& change, const DeactivateHost& command) {
  HostState& host = change.host(command.host);
  if (const std::string why = why_not(change.state, host); !why.empty()) {
    return cannot_maintain(why);
  }
  change.audit(
      600, Severity::Normal,
      fmt::format("Host {} was switched to Maintenance mode by admin@internal (Reason: {}).",
                  host.name, command.reason.empty() ? "none given" : command.reason),
      {.host = host.name});
  if (change.state.pool.spm == host.name) {
    host.wants_maintenance = true;
    release_spm(change, host.name);
  } else {
    begin_maintenance(change, host);
  }
  return accepted();
}

void begin_maintenance(Change& change, HostState& host) {
  host.wants_maintenance = false;
  change.set_status(host, HostStatus::PreparingForMaintenance);
}

CommandReply confirm_rebooted(Change& change, const ConfirmHostRebooted& command) {
  HostState& host = change.host(command.host);
  if (host.status != HostStatus::NonResponsive && host.status != HostStatus::Connecting &&
      host.status != HostStatus::NonOperational && host.status != HostStatus::Maintenance) {
    return refused(fmt::format("Cannot confirm that the Host has been rebooted. Host in {} status.",
                               to_string(host.status)));
  }
  // Fact 7.3: for the SPM, the data center must not be up and somebody else must be able to take
  // it.
  const bool is_spm = change.state.pool.spm == host.name;
  if (is_spm && change.state.pool.status == DataCenterStatus::Up) {
    return refused("Cannot confirm that the Host has been rebooted. The Data Center is up.");
  }
  if (is_spm && !best_candidate(change.state)) {
    return refused("Cannot confirm that the Host has been rebooted. There is no other Host.");
  }
  change.audit(494, Severity::Normal,
               fmt::format("Manual fence for host {} was started by admin@internal.", host.name),
               {.host = host.name});
  host.fenced = true;
  for (auto& [name, vm] : change.state.vms) {
    if (vm.run_on != host.name || vm.status == VmStatus::Down) continue;
    change.audit(143, Severity::Normal,
                 fmt::format("VM {} was set to Down: host {} was fenced", name, host.name),
                 {.host = host.name, .vm = name});
    vm_ended(change, vm, Ending::Error, "its host was confirmed to be rebooted");
  }
  if (is_spm) reset_spm(change);
  return accepted();
}

void set_non_operational(Change& change, HostState& host, const std::string& detail) {
  change.set_status(host, HostStatus::NonOperational);
  host.status_detail = detail;
  change.audit(522, Severity::Error,
               fmt::format("Host {} cannot access the Storage Domain(s) {} attached to the Data "
                           "Center {}. Setting Host state to Non-Operational.",
                           host.name, change.state.storage_domain, change.state.data_center),
               {.host = host.name});
  if (change.state.pool.proxy == host.name) reset_spm(change);
}

void watch_evacuations(Change& change) {
  for (auto& [name, host] : change.state.hosts) {
    if (host.status == HostStatus::PreparingForMaintenance) {
      evacuate(change, host, "maintenance");
      finish_maintenance(change, host);
    } else if (host.status == HostStatus::NonOperational) {
      evacuate(change, host, "non_operational");
    }
  }
}

}  // namespace splitsite::reference
