#include "topologies/reference/manager/core/hosted_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/maintenance.hpp"
#include "topologies/reference/manager/core/refusals.hpp"

namespace splitsite::reference {
namespace {

// Agents shut the engine down for a host that is better by as much.
constexpr int kMigrationThreshold = 800;

bool can_run_engine(const HostState& host) {
  return host.status == HostStatus::Up && host.hosted_engine && host.hosted_engine->active &&
         !host.hosted_engine->local_maintenance && host.hosted_engine->score > 0;
}

int least_score(const ClusterState& state, const VmState& engine) {
  if (!engine.run_on) return 0;
  const auto& here = state.hosts.at(*engine.run_on).hosted_engine;
  if (!here || here->global_maintenance) return 0;
  return std::max(here->score - kMigrationThreshold, 0);
}

CommandReply values_locked() {
  return bad_request("There was an attempt to change Hosted Engine VM values that are locked.");
}

bool worked(const CallFinished& finished) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  return reply != nullptr && std::holds_alternative<rpc::Done>(*reply);
}

void say_activation_failed(Change& change, const HostState& host) {
  // InitVdsOnUpCommand has one event to give; with power management it is about that.
  if (host.power_management) return;
  change.audit(10454, Severity::Warning,
               fmt::format("Host {} was activated by admin@internal, but the Hosted Engine HA "
                           "service may still be in maintenance mode. If necessary, please correct "
                           "this manually.",
                           host.name),
               {.host = host.name});
}

// MaintenanceVdsCommand: fatal on the engine's host only.
void say_vms_stay(Change& change, const HostState& host, bool by_user) {
  if (!by_user) {
    return change.audit(17, Severity::Error,
                        fmt::format("Failed to switch Host {} to Maintenance mode.", host.name),
                        {.host = host.name});
  }
  change.audit(602, Severity::Warning, vms_left_behind(host) + " (User: admin@internal).",
               {.host = host.name});
}

}  // namespace

void take_ha_report(HostState& host, const rpc::HaStats& stats) {
  host.hosted_engine.reset();
  if (!stats.configured) return;
  host.hosted_engine = HostedEngineInfo{.active = stats.active,
                                        .score = stats.score,
                                        .global_maintenance = stats.global_maintenance,
                                        .local_maintenance = stats.local_maintenance};
}

bool engine_could_leave(const ClusterState& state, const NodeId& host) {
  return std::any_of(state.hosts.begin(), state.hosts.end(), [&](const auto& other) {
    return other.first != host && can_run_engine(other.second);
  });
}

bool engine_runs_on(const ClusterState& state, const NodeId& host) {
  return std::any_of(state.vms.begin(), state.vms.end(), [&](const auto& entry) {
    return is_engine_vm(entry.second) && entry.second.run_on == host;
  });
}

bool may_run_engine(const ClusterState& state, const VmState& engine, const HostState& host) {
  const int score = host.hosted_engine ? host.hosted_engine->score : 0;
  return score > least_score(state, engine);
}

int ha_weight(const HostState& host) { return host.hosted_engine ? -host.hosted_engine->score : 0; }

bool begin_local_maintenance(Change& change, HostState& host, bool by_user) {
  if (!host.hosted_engine) return false;
  const bool wait = engine_runs_on(change.state, host.name);
  host.ha_maintenance_order =
      HaMaintenanceOrder{.call = change.order(host.name, rpc::SetHaMaintenance{.enabled = true}),
                         .set = true,
                         .by_user = by_user,
                         .vms_wait = wait};
  return wait;
}

void end_local_maintenance(Change& change, HostState& host) {
  if (!host.hosted_engine) return;
  host.ha_maintenance_order = HaMaintenanceOrder{
      .call = change.order(host.name, rpc::SetHaMaintenance{.enabled = false}), .set = false};
}

void ha_maintenance_finished(Change& change, const CallFinished& finished) {
  HostState& host = change.host(finished.call.host);
  if (!host.ha_maintenance_order || host.ha_maintenance_order->call != finished.call.id) return;
  const auto order = *std::exchange(host.ha_maintenance_order, std::nullopt);
  const bool done = worked(finished);
  if (!order.set) {
    if (!done) say_activation_failed(change, host);
    return;
  }
  if (!done && !order.vms_wait) return say_ha_maintenance_failed(change, host, order.by_user);
  // Activated meanwhile, or silent.
  if (!order.vms_wait || host.status != HostStatus::PreparingForMaintenance) return;
  if (!done) return say_vms_stay(change, host, order.by_user);
  empty_host(change, host, order.by_user);
}

void say_ha_maintenance_failed(Change& change, const HostState& host, bool by_user) {
  change.audit(by_user ? 10453 : 10452, Severity::Warning,
               fmt::format("Host {} was switched to Maintenance mode{}, but Hosted Engine HA "
                           "maintenance could not be enabled. Please enable it manually.",
                           host.name, by_user ? " by admin@internal" : ""),
               {.host = host.name});
}

std::optional<CommandReply> engine_edit_refused(const VmState& vm, const EditVm& edit) {
  if (!is_engine_vm(vm)) return std::nullopt;
  if (edit.highly_available.value_or(false)) {
    return refused(
        "Cannot edit VM. A VM running the engine (\"hosted engine\") cannot be set to highly "
        "available as it has its own HA mechanism.");
  }
  const bool locked = edit.priority.value_or(vm.priority) != vm.priority ||
                      edit.lease.value_or(vm.lease) != vm.lease ||
                      edit.resume_behaviour.value_or(vm.resume_behaviour) != vm.resume_behaviour;
  return locked ? std::optional(values_locked()) : std::nullopt;
}

std::optional<CommandReply> engine_edit_refused(const VmState& vm, const SetVmPlacement& edit) {
  const bool locked = edit.hosts && *edit.hosts != vm.preferred_hosts;
  if (!is_engine_vm(vm) || !locked) return std::nullopt;
  return values_locked();
}

std::optional<CommandReply> not_managed(const VmState& vm, const std::string& action) {
  if (!is_engine_vm(vm)) return std::nullopt;
  return bad_request(fmt::format("Cannot {} VM. This VM is not managed by the engine.", action));
}

}  // namespace splitsite::reference
