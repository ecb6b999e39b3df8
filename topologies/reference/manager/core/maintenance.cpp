#include "topologies/reference/manager/core/maintenance.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/evacuation.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/core/vm_edit.hpp"

namespace splitsite::reference {
namespace {

bool contends(const ClusterState& state, const NodeId& host) {
  const bool asked =
      state.pool.search == SpmSearch::Starting || state.pool.search == SpmSearch::WaitingForStart;
  return (asked && state.pool.candidate == host) || state.pool.stopping == host ||
         state.spm_status(host) == SpmStatus::Contending;
}

std::vector<const VmState*> vms_of(const ClusterState& state, const NodeId& host) {
  std::vector<const VmState*> vms;
  for (const auto& [name, vm] : state.vms) {
    if (vm.run_on == host) vms.push_back(&vm);
  }
  return vms;
}

std::string why_vms_stay(const ClusterState& state, const HostState& host, bool by_user) {
  std::vector<std::string> stuck;
  for (const VmState* vm : vms_of(state, host.name)) {
    if (is_engine_vm(*vm)) {
      if (engine_could_leave(state, host.name)) continue;
      return "Cannot switch the Host(s) to Maintenance mode. None of the hosts capable of running "
             "the engine VM has score more than 0 and is in Up state.";
    }
    const bool users_only = vm->migration_mode == MigrationMode::UserMigratable;
    if (vm->migration_mode == MigrationMode::Pinned || (users_only && !by_user)) {
      stuck.push_back(vm->name.str());
    }
  }
  if (stuck.empty()) return {};
  return fmt::format(
      "Cannot switch the following Hosts to Maintenance mode: {}. One or more running VMs are "
      "indicated as non-migratable. The non-migratable VMs are: {}.",
      host.name, fmt::join(stuck, " , "));
}

bool another_is_up(const ClusterState& state, const NodeId& host) {
  return std::any_of(state.hosts.begin(), state.hosts.end(), [&](const auto& other) {
    return other.first != host && other.second.status == HostStatus::Up;
  });
}

bool may_leave(HostStatus status) {
  return status == HostStatus::Up || status == HostStatus::NonResponsive ||
         status == HostStatus::Down || status == HostStatus::NonOperational ||
         status == HostStatus::PreparingForMaintenance || status == HostStatus::Maintenance;
}

// The refusals of fact 4.3 in the order of ovirt-engine MaintenanceNumberOfVdssCommand.validate;
// empty when the host may go.
std::string why_not(const ClusterState& state, const HostState& host, bool by_user) {
  const std::string cannot = "Cannot switch Host to Maintenance mode";
  if (!may_leave(host.status)) return cannot + ", Host is not operational.";
  if (auto why = why_vms_stay(state, host, by_user); !why.empty()) return why;
  if (host.status == HostStatus::Maintenance) {
    return cannot + ". Host is already in Maintenance mode.";
  }
  if (contends(state, host.name)) {
    return cannot +
           ". Host is contending for Storage Pool Manager, wait for operation to complete "
           "and retry.";
  }
  const bool silent = host.status == HostStatus::NonResponsive;
  if (silent && state.vms_on(host.name) > 0) {
    return cannot + ". Host still has running VMs on it and is in Non Responsive state.";
  }
  if (silent && state.spm_status(host.name) != SpmStatus::None) {
    return cannot + ". Host is Storage Pool Manager and is in Non Responsive state.";
  }
  const bool is_spm = state.spm_status(host.name) == SpmStatus::Spm;
  if (is_spm && host.status == HostStatus::Up && has_pool_tasks(state)) {
    return cannot +
           ". Host has asynchronous running tasks, wait for operation to complete and "
           "retry.";
  }
  if (vms_of(state, host.name).empty() || another_is_up(state, host.name)) return {};
  return fmt::format(
      "The following Hosts have running VMs and cannot be switched to maintenance mode: {}. Please "
      "ensure that the following Clusters have at least one Host in UP state: {}.",
      host.name, state.cluster);
}

// One attempt to move everything away; the next one comes after HostPreparingForMaintenanceIdleTime
// (ovirt-engine VdsManager, VdsEventListener.handleVdsMaintenanceTimeout).
CommandReply move_vms_away(Change& change, HostState& host, bool by_user) {
  host.next_maintenance_try =
      change.now + change.state.timing.host_preparing_for_maintenance_idle_time;
  if (begin_local_maintenance(change, host, by_user)) return accepted();
  return empty_host(change, host, by_user);
}

// MaintenanceNumberOfVdssCommand.addMaintenanceFailedReason, whoever asked.
void say_why_not(Change& change, const HostState& host, const std::string& why) {
  change.audit(14001, Severity::Error, why, {.host = host.name});
}

void retry_maintenance(Change& change, HostState& host) {
  if (change.now < host.next_maintenance_try) return;
  const std::string why = why_not(change.state, host, /*by_user=*/false);
  if (why.empty()) {
    move_vms_away(change, host, /*by_user=*/false);
    return;
  }
  host.next_maintenance_try =
      change.now + change.state.timing.host_preparing_for_maintenance_idle_time;
  say_why_not(change, host, why);
}

void enter_maintenance(Change& change, HostState& host) {
  change.set_status(host, HostStatus::Maintenance);
  change.audit(15, Severity::Normal,
               fmt::format("Host {} was switched to Maintenance Mode.", host.name),
               {.host = host.name});
}

void say_switched(Change& change, const HostState& host, const std::string& reason) {
  const std::string why = reason.empty() ? "" : fmt::format(" (Reason: {})", reason);
  change.audit(
      reason.empty() ? 620 : 600, Severity::Normal,
      fmt::format("Host {} was switched to Maintenance mode by admin@internal{}.", host.name, why),
      {.host = host.name});
}

// Neither VMs nor any on their way, to it or from it.
bool is_empty(const ClusterState& state, const NodeId& host) {
  const bool starting = std::any_of(state.vms.begin(), state.vms.end(), [&](const auto& entry) {
    return entry.second.start && entry.second.start->host == host;
  });
  return !starting && state.vms_on(host) == 0 &&
         std::none_of(state.migrations.begin(), state.migrations.end(), [&](const Migration& m) {
           return m.source == host || m.destination == host;
         });
}

}  // namespace

std::string vms_left_behind(const HostState& host) {
  return fmt::format(
      "Host {} cannot change into maintenance mode - not all Vms have been migrated successfully. "
      "Consider manual intervention: stopping/migrating Vms running on this host.",
      host.name);
}

CommandReply empty_host(Change& change, HostState& host, bool by_user) {
  const Evacuation evacuation = evacuate_for_maintenance(change, host, by_user);
  if (evacuation.complete) return accepted();
  const std::string left = vms_left_behind(host);
  change.audit(602, Severity::Warning, left + " (User: admin@internal).", {.host = host.name});
  return evacuation.refusal.ok() ? bad_request(left) : evacuation.refusal;
}

CommandReply activate(Change& change, const ActivateHost& command) {
  HostState& host = change.host(command.host);
  if (host.status == HostStatus::Up) return refused("Cannot activate Host. Host in Up status.");
  if (host.status == HostStatus::NonResponsive) {
    return refused("Cannot activate Host. Host is in non responsive state.");
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
  if (const std::string why = why_not(change.state, host, /*by_user=*/true); !why.empty()) {
    say_why_not(change, host, why);
    return refused(why);
  }
  host.maintenance_reason = command.reason;
  // Nothing to move and nobody to talk to: there at once.
  const bool silent = host.status == HostStatus::NonResponsive || host.status == HostStatus::Down;
  if (silent && host.hosted_engine) {
    say_ha_maintenance_failed(change, host, /*by_user=*/true);
  } else {
    say_switched(change, host, command.reason);
  }
  if (silent) {
    enter_maintenance(change, host);
    return accepted();
  }
  if (change.state.pool.spm == host.name) {
    host.wants_maintenance = true;
    release_spm(change, host.name);
    return accepted();
  }
  return begin_maintenance(change, host);
}

CommandReply begin_maintenance(Change& change, HostState& host) {
  host.wants_maintenance = false;
  if (host.status != HostStatus::PreparingForMaintenance) {
    change.set_status(host, HostStatus::PreparingForMaintenance);
  }
  return move_vms_away(change, host, /*by_user=*/true);
}

void watch_maintenance(Change& change) {
  for (auto& [name, host] : change.state.hosts) {
    if (host.status != HostStatus::PreparingForMaintenance) continue;
    if (!is_empty(change.state, name)) {
      retry_maintenance(change, host);
      continue;
    }
    change.order(name, rpc::DisconnectPool{});
    enter_maintenance(change, host);
  }
}

}  // namespace splitsite::reference
