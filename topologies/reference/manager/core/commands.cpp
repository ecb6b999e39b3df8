#include "topologies/reference/manager/core/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "topologies/reference/manager/core/edits.hpp"
#include "topologies/reference/manager/core/fence_commands.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/maintenance.hpp"
#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/core/vm_edit.hpp"
#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

CommandReply set_priority(Change& change, const SetSpmPriority& command) {
  if (command.priority < -1 || command.priority > 10) {
    return bad_request("Cannot edit Host. SPM priority must be between -1 and 10.");
  }
  change.host(command.host).spm_priority = command.priority;  // never moves the role (fact 1.1)
  return accepted();
}

// Fact 2.2 (BZ1599732): hosts that have not joined the lockspace yet are no reason to give a VM up.
// RunVmCommand.validate refuses the user and has the HA runner start it when a host is ready.
void queue_if_only_lease_missing(Change& change, VmState& vm) {
  if (!vm.lease || !vm.highly_available) return;
  VmState without = vm;
  without.lease = false;
  if (schedule(change.state, without, {}).best.empty()) return;
  vm.ended_with_error = true;
  vm.ha_restart = HaRestart{.next_try = change.now};
}

// RunVmCommand's flow RESUME_PAUSE: of all the conditions only the host's counts
// (RunVmValidator.validateVdsStatus).
CommandReply resume_vm(Change& change, VmState& vm) {
  if (!vm.run_on || !is_up(change.state, *vm.run_on)) {
    return refused("Cannot run VM. Operation can be performed only when Host status is Up.");
  }
  vm.resume_call = change.order(*vm.run_on, rpc::ContinueVm{vm.name});
  return accepted();
}

CommandReply start_vm(Change& change, const StartVm& command) {
  VmState& vm = change.state.vms.at(command.vm);
  const auto cannot = [](const std::string& why) { return refused("Cannot run VM. " + why); };
  if (const auto refusal = not_managed(vm, "run")) return *refusal;
  if (vm.status == VmStatus::Paused) return resume_vm(change, vm);
  if (vm.status != VmStatus::Down) {
    return cannot(fmt::format("VM is {}.", to_string(vm.status)));
  }
  // Relaxed for the system's own starts of HA VMs only (fact 2.2).
  if (change.state.pool.status != DataCenterStatus::Up) {
    return cannot("The relevant Data Center is not active.");
  }
  if (change.state.pool.master_domain != StorageDomainStatus::Active) {
    return cannot(fmt::format("The relevant Storage Domain's status is {}.",
                              to_string(change.state.pool.master_domain)));
  }
  if (vm.lease_task) return cannot("Related operation is currently in progress.");
  if (const auto refusal = begin_start(change, vm, {.host = command.host, .by_user = true})) {
    queue_if_only_lease_missing(change, vm);
    return cannot(*refusal);
  }
  vm.user_stop = false;
  vm.resume_call = 0;
  change.audit(153, Severity::Normal,
               fmt::format("VM {} was started by admin@internal (Host: {}).", vm.name, *vm.run_on),
               {.host = vm.run_on, .vm = vm.name});
  return accepted();
}

// ShutdownVmCommand.canShutdownVm: any other VM is stopped instead. One that migrates was Up, as
// far as is known here.
bool listens_to_shutdown(const VmState& vm) {
  return vm.status == VmStatus::Up || vm.status == VmStatus::Migrating;
}

// RunVmCommandBase.validate says why a user's start was refused; a lock that is taken, here by a
// lease's task, is met before that.
CommandReply start_or_say_why_not(Change& change, const StartVm& command) {
  CommandReply reply = start_vm(change, command);
  const VmState& vm = change.state.vms.at(command.vm);
  if (reply.ok() || vm.lease_task) return reply;
  change.audit(
      54, Severity::Error,
      fmt::format("Failed to run VM {} due to a failed validation: {} (User: admin@internal).",
                  vm.name, reply.detail),
      {.vm = vm.name});
  return reply;
}

// Fact 2.3: what the user ends is not restarted.
template <class EndVm>
CommandReply end_vm(Change& change, const EndVm& command) {
  constexpr bool is_shutdown = std::is_same_v<EndVm, ShutdownVm>;
  VmState& vm = change.state.vms.at(command.vm);
  const std::string action = is_shutdown ? "shutdown" : "stop";
  // StopVmCommandBase.shouldSkipCommandExecution, which is asked before everything else.
  if (vm.status == VmStatus::Down) {
    change.audit(254, Severity::Normal,
                 fmt::format("VM {} is already Down, {} VM was skipped. User: admin@internal.",
                             vm.name, is_shutdown ? "Shutdown" : "Stop"),
                 {.vm = vm.name});
    return accepted();
  }
  if (const auto refusal = not_managed(vm, action)) return *refusal;
  const bool known = vm.run_on && vm.status != VmStatus::Unknown;
  if (!known) {
    return refused(fmt::format("Cannot {} VM. VM is {}.", action, to_string(vm.status)));
  }
  vm.user_stop = true;
  vm.stop_by_force = !is_shutdown || !listens_to_shutdown(vm);
  vm.stop_reason = command.reason;  // DestroyVmVDSCommand
  order_stop(change, vm);
  vm.status = VmStatus::PoweringDown;
  return accepted();
}

// LocalizedVmStatus.
std::string_view spelt(VmStatus status) {
  switch (status) {
    case VmStatus::Down:
      return "Down";
    case VmStatus::WaitForLaunch:
      return "Wait for Launch";
    case VmStatus::PoweringUp:
      return "Powering Up";
    case VmStatus::Up:
      return "Up";
    case VmStatus::Paused:
      return "Paused";
    case VmStatus::Migrating:
      return "Migrating";
    case VmStatus::PoweringDown:
      return "Powering Down";
    case VmStatus::RebootInProgress:
      return "Reboot in Progress";
    case VmStatus::NotResponding:
      return "Not Responding";
    case VmStatus::Unknown:
      return "Unknown";
  }
  return "Unassigned";
}

CommandReply reboot_vm(Change& change, const RebootVm& command) {
  VmState& vm = change.state.vms.at(command.vm);
  if (const auto refusal = not_managed(vm, "restart")) return *refusal;
  if (vm.status != VmStatus::Up && vm.status != VmStatus::PoweringUp) {
    return refused(
        fmt::format("Cannot restart VM because the VM is in {} status.", spelt(vm.status)));
  }
  change.order(*vm.run_on, rpc::RebootVm{vm.name});
  vm.status = VmStatus::RebootInProgress;  // until the host says something else
  change.audit(157, Severity::Normal,
               fmt::format("VM {} is rebooting. Rebooted by: admin@internal", vm.name),
               {.host = vm.run_on, .vm = vm.name});
  return accepted();
}

CommandReply migrate_vm(Change& change, const MigrateVm& command) {
  VmState& vm = change.state.vms.at(command.vm);
  const auto cannot = [](const std::string& why) { return refused("Cannot migrate VM. " + why); };
  if (const auto why = why_not_migratable(vm, command.force); !why.empty()) return cannot(why);
  if (command.host == vm.run_on) {
    return cannot("The VM is already running on the destination Host.");
  }
  const Schedule found = schedule(change.state, vm, {*vm.run_on});
  std::vector<NodeId> hosts = found.best;
  if (command.host) {
    // The wish overrides the weights, not the filters.
    std::set<NodeId> others;
    for (const auto& [name, host] : change.state.hosts) {
      if (name != *command.host) others.insert(name);
    }
    hosts = schedule(change.state, vm, others).best;
  }
  if (hosts.empty()) {
    return cannot(fmt::format("There is no host that satisfies current scheduling constraints: {}",
                              fmt::join(found.refusals, ", ")));
  }
  begin_migration(change, vm, hosts[change.draw(hosts.size())],
                  {.fixed = command.host.has_value()});
  return accepted();
}

// The same of a migration.
CommandReply migrate_or_say_why_not(Change& change, const MigrateVm& command) {
  CommandReply reply = migrate_vm(change, command);
  if (reply.ok()) return reply;
  const VmState& vm = change.state.vms.at(command.vm);
  const std::string source = vm.run_on ? vm.run_on->str() : "<UNKNOWN>";  // AuditLogDirector
  change.audit(65, Severity::Error,
               fmt::format("Migration failed due to a failed validation: {} (VM: {}, Source: {}).",
                           reply.detail, vm.name, source),
               {.host = vm.run_on, .vm = vm.name});
  return reply;
}

CommandReply clean_finished_tasks(Change& change) {
  if (change.state.pool.status != DataCenterStatus::Up) {
    return refused("Cannot Clear finished tasks. Unknown Data Center status.");
  }
  change.audit(9031, Severity::Normal,
               fmt::format("Successfully cleaned-up finished tasks in Data Center: {}.",
                           change.state.data_center));
  return accepted();
}

CommandReply take(Change& change, const ActivateHost& c) { return activate(change, c); }
CommandReply take(Change& change, const DeactivateHost& c) { return deactivate(change, c); }
CommandReply take(Change& change, const FenceHost& c) { return fence_host(change, c); }
CommandReply take(Change& change, const ForceSelectSpm& c) { return force_select_spm(change, c); }
CommandReply take(Change& change, const SetSpmPriority& c) { return set_priority(change, c); }
CommandReply take(Change& change, const StartVm& c) { return start_or_say_why_not(change, c); }
CommandReply take(Change& change, const StopVm& c) { return end_vm(change, c); }
CommandReply take(Change& change, const ShutdownVm& c) { return end_vm(change, c); }
CommandReply take(Change& change, const MigrateVm& c) { return migrate_or_say_why_not(change, c); }
CommandReply take(Change& change, const RebootVm& c) { return reboot_vm(change, c); }
CommandReply take(Change& change, const CancelMigration& c) { return cancel_migration(change, c); }
CommandReply take(Change& change, const AddAffinityGroup& c) {
  return add_affinity_group(change, c);
}
CommandReply take(Change& change, const UpdateAffinityGroup& c) {
  return update_affinity_group(change, c);
}
CommandReply take(Change& change, const RemoveAffinityGroup& c) {
  return remove_affinity_group(change, c);
}
CommandReply take(Change& change, const AddVmToAffinityGroup& c) { return add_member(change, c); }
CommandReply take(Change& change, const AddHostToAffinityGroup& c) { return add_member(change, c); }
CommandReply take(Change& change, const RemoveVmFromAffinityGroup& c) {
  return remove_member(change, c);
}
CommandReply take(Change& change, const RemoveHostFromAffinityGroup& c) {
  return remove_member(change, c);
}
CommandReply take(Change& change, const UpdateCluster& c) { return update_cluster(change, c); }
CommandReply take(Change& change, const SetVmPlacement& c) { return set_vm_placement(change, c); }
CommandReply take(Change& change, const EditVm& c) { return edit_vm(change, c); }
CommandReply take(Change& change, const CleanFinishedTasks&) {
  return clean_finished_tasks(change);
}
CommandReply take(Change& change, const AddEvent& c) {
  change.audit(c.code, c.severity, c.description, {.host = c.host, .vm = c.vm});
  AuditEvent& kept = change.state.events.back();
  kept.origin = c.origin;
  kept.custom_id = c.custom_id;
  change.events.back() = kept;
  return accepted();
}

// The host or VM the command names, if the cluster has no such thing.
template <class C>
std::optional<std::string> missing(const ClusterState& state, const C& command) {
  if constexpr (requires { command.group; }) return std::nullopt;  // edits say it their own way
  if constexpr (requires { command.vm.str(); }) {
    if (state.vms.count(command.vm) == 0) return "VM " + command.vm.str();
  }
  if constexpr (requires { command.host.str(); }) {
    if (state.hosts.count(command.host) == 0) return "Host " + command.host.str();
  } else if constexpr (requires { command.host->str(); }) {
    if (command.host && state.hosts.count(*command.host) == 0) return "Host " + command.host->str();
  }
  return std::nullopt;
}

}  // namespace

CommandReply take_command(Change& change, const Command& command) {
  return std::visit(
      [&](const auto& c) {
        if (const auto what = missing(change.state, c)) return not_found(*what);
        return take(change, c);
      },
      command);
}

void order_stop(Change& change, VmState& vm) {
  vm.stop_call = vm.stop_by_force ? change.order(*vm.run_on, rpc::DestroyVm{vm.name})
                                  : change.order(*vm.run_on, rpc::ShutdownVm{vm.name});
}

void reboot_finished(Change& change, const CallFinished& finished, const VmId& name) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  if (reply != nullptr && std::holds_alternative<rpc::Done>(*reply)) return;
  change.audit(158, Severity::Error,
               fmt::format("Failed to reboot VM {} (User: admin@internal).", name),
               {.host = finished.call.host, .vm = name});
}

void resume_finished(Change& change, const CallFinished& finished, const VmId& name) {
  VmState& vm = change.state.vms.at(name);
  if (vm.resume_call != finished.call.id) return;
  const About about{.host = finished.call.host, .vm = name};
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  if (reply != nullptr && std::holds_alternative<rpc::Done>(*reply)) {
    return change.audit(
        40, Severity::Normal,
        fmt::format("VM {} was resumed by admin@internal (Host: {}).", name, finished.call.host),
        about);
  }
  vm.resume_call = 0;
  change.audit(103, Severity::Error,
               fmt::format("Failed to resume VM {} (Host: {}, User: admin@internal).", name,
                           finished.call.host),
               about);
}

void vm_stop_finished(Change& change, const CallFinished& finished, const VmId& name) {
  VmState& vm = change.state.vms.at(name);
  if (vm.stop_call != finished.call.id) return;
  vm.stop_call = 0;
  if (vm.run_on != finished.call.host) return;
  vm.placed = change.now;
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  const auto* error = reply != nullptr ? std::get_if<rpc::Error>(reply) : nullptr;
  const bool destroyed = reply != nullptr && std::holds_alternative<rpc::Done>(*reply) &&
                         std::holds_alternative<rpc::DestroyVm>(finished.call.request);
  // Asked for once more after a restart of the Manager, it may have ended by the first order.
  const bool gone =
      destroyed || (error != nullptr && error->code == static_cast<int>(rpc::Code::NoSuchVm));
  if (gone) return vm_ended(change, vm, Ending::Normal, "stopped by the user");
  const bool failed = reply == nullptr || error != nullptr;
  if (!failed) return;
  vm.user_stop = false;  // the host's next report says what the VM does
  vm.stop_reason.clear();
}

}  // namespace splitsite::reference
