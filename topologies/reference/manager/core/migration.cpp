#include "topologies/reference/manager/core/migration.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

// After a failure, so that a host going into maintenance does not hammer at the same VM.
constexpr std::chrono::seconds kRetryAfter{30};

void forget(ClusterState& state, const VmId& vm) {
  std::erase_if(state.migrations, [&](const Migration& m) { return m.vm == vm; });
}

Migration* find(ClusterState& state, const VmId& vm) {
  for (Migration& migration : state.migrations) {
    if (migration.vm == vm) return &migration;
  }
  return nullptr;
}

void migration_failed(Change& change, VmState& vm, const std::string& why) {
  const Migration migration = *find(change.state, vm.name);
  forget(change.state, vm.name);
  vm.migrate_not_before = change.now + kRetryAfter;
  if (vm.status == VmStatus::Migrating) vm.status = VmStatus::Up;
  change.audit(65, Severity::Error,
               fmt::format("Migration failed (VM: {}, Source: {}, Destination: {}): {}", vm.name,
                           migration.source, migration.destination, why),
               {.host = migration.source, .vm = vm.name});
}

}  // namespace

void begin_migration(Change& change, VmState& vm, const NodeId& destination,
                     const std::string& reason) {
  const NodeId source = *vm.run_on;
  change.order(source, rpc::MigrateVm{.vm = vm.name, .destination = destination.str()});
  change.state.migrations.push_back({.vm = vm.name,
                                     .source = source,
                                     .destination = destination,
                                     .since = change.now,
                                     .reason = reason});
  vm.status = VmStatus::Migrating;
  change.audit(62, Severity::Normal,
               fmt::format("Migration started (VM: {}, Source: {}, Destination: {}, Reason: {})",
                           vm.name, source, destination, reason),
               {.host = source, .vm = vm.name});
}

void migrate_finished(Change& change, const CallFinished& finished, const VmId& name) {
  Migration* migration = find(change.state, name);
  if (migration == nullptr || migration->source != finished.call.host) return;
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  const auto* error = reply != nullptr ? std::get_if<rpc::Error>(reply) : nullptr;
  if (error != nullptr) {
    return migration_failed(change, change.state.vms.at(name), error->message);
  }
  // Without an answer the order may have arrived: the source's next reports tell.
  migration->accepted = change.now;
}

const Migration* find_migration(const ClusterState& state, const VmId& vm) {
  const auto found = std::find_if(state.migrations.begin(), state.migrations.end(),
                                  [&](const Migration& m) { return m.vm == vm; });
  return found == state.migrations.end() ? nullptr : &*found;
}

bool arrived(const ClusterState& state, const VmState& vm, const NodeId& host, rpc::VmPhase phase) {
  const Migration* migration = find_migration(state, vm.name);
  return migration != nullptr && migration->destination == host && phase == rpc::VmPhase::Up;
}

void migration_done(Change& change, VmState& vm, const NodeId& host) {
  const Migration migration = *find(change.state, vm.name);
  forget(change.state, vm.name);
  vm.status = VmStatus::Up;
  place(change, vm, host);
  change.audit(63, Severity::Normal,
               fmt::format("Migration completed (VM: {}, Source: {}, Destination: {})", vm.name,
                           migration.source, migration.destination),
               {.host = host, .vm = vm.name});
}

bool still_migrating(Change& change, VmState& vm, rpc::VmPhase phase, Instant asked) {
  const Migration* migration = find_migration(change.state, vm.name);
  if (migration == nullptr) return false;
  if (migration->destination == vm.run_on) return phase == rpc::VmPhase::MigrationDestination;
  if (phase == rpc::VmPhase::MigrationSource) return true;
  if (!migration->accepted || asked <= *migration->accepted) return true;
  migration_failed(change, vm, "the source runs the VM again");
  return false;
}

bool handed_over(Change& change, VmState& vm) {
  Migration* migration = find(change.state, vm.name);
  if (migration == nullptr || migration->destination == vm.run_on) return false;
  place(change, vm, migration->destination);
  vm.status = VmStatus::Migrating;
  return true;
}

}  // namespace splitsite::reference
