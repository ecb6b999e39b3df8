#include "topologies/reference/manager/core/ha_restart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

// Fact 2.1. The VMs are started one after the other, and none waits for one above it. A refusal is
// for the log only in oVirt: RunVm is an internal command here.
void restart_vms_with_lease(Change& change, const HostState& host) {
  for (VmState* vm : by_priority(change.state)) {
    const bool lost = vm->run_on == host.name && vm->status == VmStatus::Unknown;
    if (!lost || !vm->lease || vm->start) continue;
    if (const auto refused = begin_start(change, *vm)) {
      change.audit(507, Severity::Error,
                   fmt::format("Failed to restart VM {} on another host: {}", vm->name, *refused),
                   {.vm = vm->name});
    }
  }
}

void restart_failed(Change& change, VmState& vm) {
  postpone_ha_restart(change, vm);
  change.audit(9603, Severity::Error,
               fmt::format("Restart of the Highly Available VM {} failed.", vm.name),
               {.vm = vm.name});
}

bool needs_restart(const VmState& vm) {
  return vm.highly_available && vm.status == VmStatus::Down && vm.ended_with_error && !vm.start;
}

bool is_starting(const VmState& vm) {
  return vm.start || vm.status == VmStatus::WaitForLaunch || vm.status == VmStatus::PoweringUp ||
         vm.status == VmStatus::Migrating || vm.status == VmStatus::RebootInProgress;
}

// MaxTimeAutoStartBlockedOnPriority, counted only while it could have been tried.
bool waits_for_higher_priority(Change& change, VmState& vm, int needed) {
  HaRestart& restart = *vm.ha_restart;
  if (const auto since = std::exchange(restart.blocked_since, std::nullopt)) {
    restart.blocked += change.now - *since;
  }
  if (restart.blocked > change.state.timing.max_time_auto_start_blocked_on_priority) return false;
  if (vm.priority >= needed) return false;
  restart.blocked_since = change.now;
  return true;
}

// One VM's turn. True while VMs of lower priority have to wait for it.
bool look_at(Change& change, VmState& vm, int needed) {
  if (vm.highly_available && is_starting(vm)) return true;
  if (!needs_restart(vm)) {
    vm.ha_restart.reset();
    return false;
  }
  if (change.now < vm.ha_restart->next_try) return true;
  if (waits_for_higher_priority(change, vm, needed)) return true;
  if (vm.lease_task) return true;  // locked: tried again a second later
  if (begin_start(change, vm)) restart_failed(change, vm);
  return true;
}

}  // namespace

void count_towards_lease_restart(Change& change, HostState& host) {
  if (host.status != HostStatus::NonResponsive || change.state.vms_on(host.name) == 0) return;
  if (--host.exceptions_until_lease_restart > 0) return;
  restart_vms_with_lease(change, host);
  host.exceptions_until_lease_restart =
      change.state.timing.number_vds_refreshes_before_retry_to_start_unknown_vms + 1;
}

void run_ha_queue(Change& change) {
  if (change.now < change.state.next_ha_run) return;
  change.state.next_ha_run = change.now + change.state.timing.ha_restart_runner_interval;
  const bool idle = std::none_of(change.state.vms.begin(), change.state.vms.end(),
                                 [](const auto& entry) { return entry.second.ha_restart; });
  if (idle) return;
  int needed = -1;
  for (VmState* vm : by_priority(change.state)) {
    if (!vm->ha_restart) continue;
    if (look_at(change, *vm, needed)) needed = std::max(needed, vm->priority);
  }
}

void queue_failed_ha_vms(ClusterState& state, Instant now) {
  for (auto& [name, vm] : state.vms) {
    if (needs_restart(vm) && !vm.ha_restart) vm.ha_restart = HaRestart{.next_try = now};
  }
}

}  // namespace splitsite::reference
