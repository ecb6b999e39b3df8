#include "topologies/reference/manager/core/evacuation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"

namespace splitsite::reference {
namespace {

// MIGRATION_REASON_HOST_IN_MAINTENANCE; oVirt gives it for NonOperational hosts, too.
constexpr const char* kReason = "Host preparing for maintenance";

using Vms = std::vector<VmState*>;

Vms running_on(ClusterState& state, const NodeId& host) {
  Vms vms = by_priority(state);
  std::erase_if(vms, [&](const VmState* vm) {
    return vm->run_on != host || vm->status == VmStatus::Migrating;
  });
  return vms;
}

// Groups of VMs to schedule together, in the order of their first member.
std::vector<Vms> grouped(const ClusterState& state, const Vms& vms) {
  const std::vector<std::set<VmId>> together = enforced_together(state);
  std::vector<Vms> groups;
  std::set<VmId> taken;
  for (const VmState* vm : vms) {
    if (taken.count(vm->name) != 0) continue;
    const auto group = std::find_if(together.begin(), together.end(),
                                    [&](const auto& g) { return g.count(vm->name) != 0; });
    Vms members;
    std::copy_if(vms.begin(), vms.end(), std::back_inserter(members), [&](const VmState* other) {
      return other == vm || (group != together.end() && group->count(other->name) != 0);
    });
    for (const VmState* member : members) taken.insert(member->name);
    groups.push_back(std::move(members));
  }
  return groups;
}

bool move(Change& change, const Vms& group, const ScheduleWish& wish) {
  const std::vector<const VmState*> vms(group.begin(), group.end());
  const Schedule found = schedule_together(change.state, vms, wish);
  if (found.best.empty()) return false;
  const NodeId destination = found.best[change.draw(found.best.size())];
  for (VmState* vm : group) {
    begin_migration(change, *vm, destination, {.reason = kReason, .fixed = true});
  }
  return true;
}

Evacuation evacuate(Change& change, const Vms& vms, const NodeId& host, bool forced) {
  if (vms.empty()) return {};
  for (const VmState* vm : vms) {
    const std::string why = why_not_migratable(*vm, forced);
    if (!why.empty()) {
      return {.complete = false,
              .refusal = refused(fmt::format("Cannot migrate VM {}. {}", vm->name, why))};
    }
  }
  const ScheduleWish strict{.excluded = {host}};
  const ScheduleWish lenient{.excluded = {host}, .ignore_vms_rules = true};
  std::vector<std::string> refusals;
  Vms movable;
  for (VmState* vm : vms) {
    const Schedule found = schedule_together(change.state, {vm}, lenient);
    if (found.best.empty()) refusals = found.refusals;
    if (!found.best.empty()) movable.push_back(vm);
  }
  if (movable.empty()) {
    return {.complete = false,
            .refusal = refused(fmt::format("Cannot migrate VM. There is no host that satisfies "
                                           "current scheduling constraints: {}",
                                           fmt::join(refusals, ", ")))};
  }
  Vms left;
  for (const Vms& group : grouped(change.state, movable)) {
    if (!move(change, group, strict)) left.insert(left.end(), group.begin(), group.end());
  }
  for (VmState* vm : left) move(change, {vm}, lenient);
  return {.complete = movable.size() == vms.size(), .refusal = accepted()};
}

}  // namespace

Evacuation evacuate_for_maintenance(Change& change, const HostState& host, bool by_user) {
  return evacuate(change, running_on(change.state, host.name), host.name, by_user);
}

void evacuate_by_error_handling(Change& change, const HostState& host) {
  const OnHostError handling = change.state.policy.on_error;
  if (handling == OnHostError::DoNotMigrate) return;
  Vms vms = running_on(change.state, host.name);
  if (handling == OnHostError::MigrateHighlyAvailable) {
    std::erase_if(vms, [](const VmState* vm) { return !vm->highly_available; });
  }
  evacuate(change, vms, host.name, /*forced=*/false);
}

}  // namespace splitsite::reference
