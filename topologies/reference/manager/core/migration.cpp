#include "topologies/reference/manager/core/migration.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/core/refusals.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"

namespace splitsite::reference {
namespace {

void forget(ClusterState& state, const VmId& vm) {
  std::erase_if(state.migrations, [&](const Migration& m) { return m.vm == vm; });
}

Migration* find(ClusterState& state, const VmId& vm) {
  for (Migration& migration : state.migrations) {
    if (migration.vm == vm) return &migration;
  }
  return nullptr;
}

void audit_failure(Change& change, const Migration& failed, int code, const std::string& what) {
  change.audit(code, code == 128 ? Severity::Warning : Severity::Error, what,
               {.host = failed.source, .vm = failed.vm});
}

// A migration that was not meant for one host only goes on with the next best one.
void try_next_host(Change& change, VmState& vm, Migration failed, const std::string& why) {
  failed.tried.insert(failed.destination);
  const auto limit = static_cast<std::size_t>(change.state.timing.max_rerun_vm_on_vds_count);
  std::set<NodeId> excluded = failed.tried;
  excluded.insert(failed.source);
  const Schedule found =
      failed.tried.size() < limit ? schedule(change.state, vm, excluded) : Schedule();
  if (found.best.empty()) {
    return audit_failure(change, failed, 65,
                         fmt::format("Migration failed due to {} (VM: {}, Source: {}).", why,
                                     vm.name, failed.source));
  }
  audit_failure(change, failed, 128,
                fmt::format("Failed to migrate VM {} to Host {} due to {}. Trying to migrate to "
                            "another Host.",
                            vm.name, failed.destination, why));
  begin_migration(change, vm, found.best[change.draw(found.best.size())],
                  {.reason = failed.reason, .tried = failed.tried});
}

void migration_failed(Change& change, VmState& vm, const std::string& why) {
  const Migration failed = *find(change.state, vm.name);
  forget(change.state, vm.name);
  if (vm.status == VmStatus::Migrating) vm.status = VmStatus::Up;
  if (failed.cancelled) return;  // CancelMigrateVDSCommand: the command is not there to try again
  if (!failed.fixed) return try_next_host(change, vm, failed, why);
  audit_failure(change, failed, 120,
                fmt::format("Migration failed due to {} (VM: {}, Source: {}, Destination: {}).",
                            why, vm.name, failed.source, failed.destination));
}

}  // namespace

std::string why_not_migratable(const VmState& vm, bool forced) {
  if (vm.migration_mode == MigrationMode::Pinned) return "VM is pinned to Host.";
  if (vm.migration_mode == MigrationMode::UserMigratable && !forced) {
    return "VM is non migratable and user did not specify the force-migration flag.";
  }
  switch (vm.status) {
    case VmStatus::Up:
    case VmStatus::PoweringUp:
    case VmStatus::RebootInProgress:
      return {};
    case VmStatus::Paused:
      return vm.status_detail == "eio"
                 ? "Migrating a VM in paused status due to I/O error is not supported."
                 : "";
    case VmStatus::Migrating:
      return "VM migration is in progress.";
    default:
      return "VM is not running.";
  }
}

void begin_migration(Change& change, VmState& vm, const NodeId& destination, MigrationWish wish) {
  const NodeId source = *vm.run_on;
  change.order(source, rpc::MigrateVm{.vm = vm.name, .destination = destination.str()});
  change.state.migrations.push_back({.vm = vm.name,
                                     .source = source,
                                     .destination = destination,
                                     .since = change.now,
                                     .reason = wish.reason,
                                     .fixed = wish.fixed,
                                     .tried = std::move(wish.tried)});
  vm.status = VmStatus::Migrating;
  const std::string way =
      fmt::format("VM: {}, Source: {}, Destination: {}", vm.name, source, destination);
  const About about{.host = source, .vm = vm.name};
  if (wish.reason.empty()) {
    change.audit(62, Severity::Normal,
                 fmt::format("Migration started ({}, User: admin@internal).", way), about);
  } else {
    change.audit(67, Severity::Normal,
                 fmt::format("Migration initiated by system ({}, Reason: {}).", way, wish.reason),
                 about);
  }
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

CommandReply cancel_migration(Change& change, const CancelMigration& command) {
  Migration* migration = find(change.state, command.vm);
  const VmState& vm = change.state.vms.at(command.vm);
  // Handed over already, it is migrating to, not from (VMStatus.MigratingFrom).
  if (migration == nullptr || migration->source != vm.run_on) {
    return refused("Cannot cancel migration for non migrating VM.");
  }
  change.order(migration->source, rpc::CancelMigration{vm.name});
  migration->cancelled = true;
  change.audit(161, Severity::Normal,
               fmt::format("Migration cancelled (VM: {}, Source: {}, User: admin@internal).",
                           vm.name, migration->source),
               {.host = migration->source, .vm = vm.name});
  return accepted();
}

void cancel_finished(Change& change, const CallFinished& finished, const VmId& name) {
  const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
  if (reply != nullptr && std::holds_alternative<rpc::Done>(*reply)) return;
  Migration* migration = find(change.state, name);
  if (migration != nullptr) migration->cancelled = false;
  change.audit(162, Severity::Error, fmt::format("Failed to cancel migration for VM: {}", name),
               {.host = finished.call.host, .vm = name});
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
  return find_migration(change.state, vm.name) != nullptr;  // on its way to the next host
}

bool handed_over(Change& change, VmState& vm) {
  Migration* migration = find(change.state, vm.name);
  if (migration == nullptr || migration->destination == vm.run_on) return false;
  place(change, vm, migration->destination);
  vm.status = VmStatus::Migrating;
  if (change.host(migration->destination).status == HostStatus::NonResponsive) {
    vm.status = VmStatus::Unknown;  // like the rest of its VMs
    forget(change.state, vm.name);
  }
  return true;
}

bool aborted(Change& change, VmState& vm, Ending ending, const std::string& why) {
  const Migration* migration = find_migration(change.state, vm.name);
  const bool leaving = migration != nullptr && migration->destination != vm.run_on;
  if (!leaving || vm.status != VmStatus::Migrating) return false;
  change.order(migration->destination, rpc::DestroyVm{vm.name});
  audit_failure(
      change, *migration, 64,
      fmt::format("Migration failed: {} (VM: {}, Source: {}).", why, vm.name, migration->source));
  vm_is_down(change, vm, ending);
  return true;
}

}  // namespace splitsite::reference
