#include "topologies/reference/manager/core/affinity_enforcement.hpp"

#include <algorithm>

#include "topologies/reference/manager/core/affinity_candidates.hpp"
#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"

namespace splitsite::reference {
namespace {

constexpr const char* kReason = "Affinity rules enforcement";

bool some_vm_migrates(const ClusterState& state) {
  return !state.migrations.empty() ||
         std::any_of(state.vms.begin(), state.vms.end(),
                     [](const auto& entry) { return entry.second.status == VmStatus::Migrating; });
}

bool is_movable(const ClusterState& state, const VmState& vm) {
  const HostStatus host = state.hosts.at(*vm.run_on).status;
  const bool talked_to = host == HostStatus::Up || host == HostStatus::NonOperational ||
                         host == HostStatus::PreparingForMaintenance;
  return talked_to && !is_engine_vm(vm) && vm.migration_mode == MigrationMode::Migratable &&
         why_not_migratable(vm, /*forced=*/false).empty();
}

// True when it is on its way. The scheduler may think that its own host is the best.
bool move(Change& change, const Candidate& candidate) {
  VmState& vm = change.state.vms.at(candidate.vm);
  if (!is_movable(change.state, vm)) return false;
  if (schedule(change.state, vm, {*vm.run_on}).best.empty()) return false;
  const Schedule found = schedule(change.state, vm, std::set<NodeId>());
  if (found.best.empty()) return false;
  const NodeId target = found.best[change.draw(found.best.size())];
  if (target == vm.run_on) return false;
  if (candidate.soft && !improves_soft_affinity(change.state, vm, target)) return false;
  begin_migration(change, vm, target, {.reason = kReason});
  return true;
}

}  // namespace

void enforce_affinity(Change& change) {
  ClusterState& state = change.state;
  if (!state.next_enforcement) {
    state.next_enforcement = change.now + state.timing.affinity_rules_enforcement_initial_delay;
    change.audit(10780, Severity::Normal, "Affinity Rules Enforcement Manager started.");
  }
  if (change.now < *state.next_enforcement) return;
  state.next_enforcement = change.now + state.timing.affinity_rules_enforcement_interval;
  if (some_vm_migrates(state)) return;
  for (const Candidate& candidate : affinity_candidates(state)) {
    if (move(change, candidate)) return;
  }
}

}  // namespace splitsite::reference
