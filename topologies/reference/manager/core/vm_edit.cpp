#include "topologies/reference/manager/core/vm_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"

namespace splitsite::reference {
namespace {

constexpr int kHighestPriority = 100;  // VmPriorityMaxValue (fact 2.3)

std::string cannot_edit(const std::string& why) { return "Cannot edit VM. " + why; }

bool runs(const VmState& vm) { return vm.run_on.has_value() && vm.status != VmStatus::Down; }

// UpdateVmCommand.validate: every refusal leaves the VM as it is. Statuses are those of oVirt's
// EngineMessage error types: bad parameters and failed commands 400, conflicts 409.
std::optional<CommandReply> why_not(Change& change, const VmState& vm, const EditVm& command) {
  if (const auto refusal = engine_edit_refused(vm, command)) return refusal;
  const int priority = command.priority.value_or(vm.priority);
  if (priority < 0 || priority > kHighestPriority) {
    return bad_request(
        cannot_edit("VM priority value passed the permitted max value, value should be between 0 "
                    "and 100."));
  }
  const bool changes_lease = command.lease && *command.lease != vm.lease;
  if (!changes_lease) return std::nullopt;
  if (vm.lease_task) return refused(cannot_edit("Related operation is currently in progress."));
  if (*command.lease && !command.highly_available.value_or(vm.highly_available)) {
    return refused(
        cannot_edit("A VM lease was defined but high availability option is set to false."));
  }
  const PoolState& pool = change.state.pool;
  if (*command.lease && pool.master_domain != StorageDomainStatus::Active) {
    return refused(cannot_edit(
        fmt::format("The relevant Storage Domain's status is {}.", to_string(pool.master_domain))));
  }
  if (!spm_command_finds_spm(change)) {
    return bad_request("Error connecting to the Storage Pool Manager service.");
  }
  return std::nullopt;
}

void set_resume_behaviour(VmState& vm, ResumeBehaviour wanted) {
  // Editable while Down only: for a running VM it is next-run configuration.
  if (runs(vm)) {
    vm.next_run = NextRun{.resume_behaviour = wanted};
  } else {
    vm.resume_behaviour = wanted;
  }
}

void begin_lease_task(Change& change, VmState& vm, bool adds) {
  vm.lease_task = LeaseTask{.adds = adds};
  if (!adds && runs(vm)) {
    vm.lease_task->call = change.order(*vm.run_on, rpc::UnplugLease{vm.name});
  } else if (adds) {
    vm.lease_task->call = change.order(*change.state.pool.proxy, rpc::CreateLease{vm.name});
  } else {
    vm.lease_task->call = change.order(*change.state.pool.proxy, rpc::DeleteLease{vm.name});
  }
}

bool done(const CallFinished& finished) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  return reply != nullptr && std::holds_alternative<rpc::Done>(*reply);
}

void set_lease(VmState& vm, bool lease) {
  vm.lease = lease;
  vm.lease_task.reset();
  if (!runs(vm)) vm.resume_behaviour = effective_resume_behaviour(vm);
}

// The host asked is not the SPM any more: the command fails, and the role is looked for.
bool asked_no_spm(const CallFinished& finished) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  const auto* error = reply != nullptr ? std::get_if<rpc::Error>(reply) : nullptr;
  return error != nullptr && error->code == static_cast<int>(rpc::Code::SpmStatusError);
}

void lease_created(Change& change, VmState& vm, bool created) {
  if (!created) {
    vm.lease_task.reset();
    change.audit(58, Severity::Error, fmt::format("Failed to update VM {}.", vm.name),
                 {.vm = vm.name});
    return;
  }
  if (!runs(vm)) return set_lease(vm, true);
  vm.lease_task->call = change.order(*vm.run_on, rpc::PlugLease{vm.name});
}

void lease_plugged(Change& change, VmState& vm, bool plugged) {
  set_lease(vm, true);
  if (plugged) return;
  change.audit(1220, Severity::Error,
               fmt::format("Failed to hot plug lease to the VM {}. The VM is running without a VM "
                           "lease.",
                           vm.name),
               {.host = vm.run_on, .vm = vm.name});
}

// The VM has no lease any more, whatever becomes of the one on storage ("best effort").
void lease_unplugged(Change& change, VmState& vm, bool unplugged) {
  if (!unplugged) {
    change.audit(1221, Severity::Error,
                 fmt::format("Failed to hot unplug lease to the VM {}.", vm.name),
                 {.host = vm.run_on, .vm = vm.name});
  }
  vm.lease = false;
  if (!change.state.pool.proxy) return set_lease(vm, false);
  vm.lease_task->call = change.order(*change.state.pool.proxy, rpc::DeleteLease{vm.name});
}

}  // namespace

CommandReply edit_vm(Change& change, const EditVm& command) {
  VmState& vm = change.state.vms.at(command.vm);
  if (const auto refusal = why_not(change, vm, command)) return *refusal;
  vm.highly_available = command.highly_available.value_or(vm.highly_available);
  vm.priority = command.priority.value_or(vm.priority);
  if (!vm.highly_available) vm.ha_restart.reset();
  if (command.resume_behaviour) set_resume_behaviour(vm, *command.resume_behaviour);
  if (!runs(vm)) vm.resume_behaviour = effective_resume_behaviour(vm);
  if (command.lease && *command.lease != vm.lease) begin_lease_task(change, vm, *command.lease);
  change.audit(35, Severity::Normal,
               fmt::format("VM {} configuration was updated by admin@internal.", vm.name),
               {.vm = vm.name});
  return accepted();
}

void lease_task_finished(Change& change, const CallFinished& finished, const VmId& name) {
  VmState& vm = change.state.vms.at(name);
  if (!vm.lease_task || vm.lease_task->call != finished.call.id) return;
  const bool worked = done(finished);
  const rpc::Request& asked = finished.call.request;
  if (asked_no_spm(finished)) spm_lost_role(change, finished.call.host);
  if (std::holds_alternative<rpc::CreateLease>(asked)) return lease_created(change, vm, worked);
  if (std::holds_alternative<rpc::PlugLease>(asked)) return lease_plugged(change, vm, worked);
  if (std::holds_alternative<rpc::UnplugLease>(asked)) return lease_unplugged(change, vm, worked);
  set_lease(vm, false);
}

ResumeBehaviour effective_resume_behaviour(const VmState& vm) {
  return vm.highly_available && vm.lease ? ResumeBehaviour::Kill : vm.resume_behaviour;
}

void apply_next_run(VmState& vm) {
  if (const auto next = std::exchange(vm.next_run, std::nullopt)) {
    vm.resume_behaviour = next->resume_behaviour;
  }
  vm.resume_behaviour = effective_resume_behaviour(vm);
}

bool has_pool_tasks(const ClusterState& state) {
  return std::any_of(state.vms.begin(), state.vms.end(),
                     [](const auto& entry) { return entry.second.lease_task.has_value(); });
}

}  // namespace splitsite::reference
