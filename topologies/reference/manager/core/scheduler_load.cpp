#include "topologies/reference/manager/core/scheduler_load.hpp"

#include <algorithm>
#include <cmath>

namespace splitsite::reference {
namespace {

constexpr double kPercentPerVcpu = 10;  // VcpuConsumptionPercentage
constexpr double kVcpusOfSpm = 1;       // SpmVCpuConsumption

bool is_new_to(const VmState& vm, const NodeId& host) { return vm.run_on != host; }

// The host reports its load of the last minute, not the share of time its processors are busy as
// VDSM does: a load of one keeps one processor busy.
double used_percent(const HostState& host) {
  return std::min(100.0, 100.0 * host.cpu_load / host.cpus) * host.cpus;
}

}  // namespace

std::vector<const VmState*> pending_on(const ClusterState& state, const NodeId& host) {
  std::vector<const VmState*> pending;
  for (const auto& [name, vm] : state.vms) {
    if (vm.start && vm.start->host == host) pending.push_back(&vm);
  }
  for (const Migration& migration : state.migrations) {
    if (migration.destination == host) pending.push_back(&state.vms.at(migration.vm));
  }
  return pending;
}

std::optional<NodeId> place_of(const ClusterState& state, const VmState& vm) {
  if (vm.start) return vm.start->host;
  for (const Migration& migration : state.migrations) {
    if (migration.vm == vm.name) return migration.destination;
  }
  return vm.run_on;
}

std::int64_t free_memory(const ClusterState& state, const HostState& host) {
  std::int64_t free = host.memory_free_mib;
  for (const VmState* vm : pending_on(state, host.name)) free -= vm->memory_mib;
  return free;
}

std::int64_t unpromised_memory(const ClusterState& state, const HostState& host) {
  std::int64_t left = host.memory_total_mib;
  for (const auto& [name, vm] : state.vms) {
    if (vm.run_on == host.name) left -= vm.memory_mib;
  }
  for (const VmState* vm : pending_on(state, host.name)) {
    if (is_new_to(*vm, host.name)) left -= vm->memory_mib;
  }
  return left;
}

std::int64_t cpu_percent(const ClusterState& state, const HostState& host,
                         const std::vector<const VmState*>& vms) {
  double used = used_percent(host);
  if (state.spm_status(host.name) != SpmStatus::None) used += kVcpusOfSpm * kPercentPerVcpu;
  used += kPercentPerVcpu * static_cast<double>(pending_on(state, host.name).size());
  const auto added = std::count_if(vms.begin(), vms.end(),
                                   [&](const VmState* vm) { return is_new_to(*vm, host.name); });
  used += kPercentPerVcpu * static_cast<double>(added);
  return std::llround(used / host.cpus);
}

}  // namespace splitsite::reference
