#include "topologies/reference/manager/core/ha_restart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

// Fact 2.3: a VM of lower priority waits for those above it, but not for ever.
constexpr seconds kWaitForHigherPriority{600};

void restart_vms_with_lease(Change& change, const HostState& host) {
  for (VmState* vm : by_priority(change.state)) {
    const bool lost = vm->run_on == host.name && vm->status == VmStatus::Unknown;
    if (!lost || !vm->lease || vm->start) continue;
    const auto refused = begin_start(change, *vm);
    if (!refused) continue;
    change.audit(
        9603, Severity::Error,
        fmt::format("Failed to restart the highly available VM {}: {}", vm->name, *refused),
        {.vm = vm->name});
  }
}

bool waits_for_higher_priority(const Change& change, const VmState& vm) {
  if (change.now - vm.ha_restart->queued >= kWaitForHigherPriority) return false;
  return std::any_of(change.state.vms.begin(), change.state.vms.end(), [&](const auto& entry) {
    return entry.second.ha_restart && entry.second.priority > vm.priority;
  });
}

void try_restart(Change& change, VmState& vm) {
  const auto refused = begin_start(change, vm);
  if (!refused) return;
  postpone_ha_restart(change, vm);
  change.audit(9603, Severity::Error,
               fmt::format("Failed to restart the highly available VM {}: {}", vm.name, *refused),
               {.vm = vm.name});
}

}  // namespace

void count_towards_lease_restart(Change& change, HostState& host) {
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
  for (VmState* vm : by_priority(change.state)) {
    const bool due = vm->ha_restart && vm->status == VmStatus::Down && !vm->start &&
                     change.now >= vm->ha_restart->next_try;
    if (due && !waits_for_higher_priority(change, *vm)) try_restart(change, *vm);
  }
}

}  // namespace splitsite::reference
