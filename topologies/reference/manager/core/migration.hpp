// Live migration from order to arrival.
#pragma once

#include "topologies/reference/manager/core/change.hpp"
#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {

// Why nobody may migrate the VM now (ovirt-engine VmValidator.canMigrate), in oVirt's words; empty
// when it can be. `forced`: a user asks for it, who may move VMs that only users may move.
std::string why_not_migratable(const VmState& vm, bool forced);

struct MigrationWish {
  std::string reason = {};      // for the audit log; empty: a user asked for it
  bool fixed = false;           // to that destination or nowhere
  std::set<NodeId> tried = {};  // destinations it failed on already
};

// The VM can be migrated, its host is talked to, and `destination` passed the filters. A migration
// that fails is tried on up to MaxRerunVmOnVdsCount hosts unless it is fixed (ovirt-engine
// MigrateVmCommand, MigrateVmToServerCommand).
void begin_migration(Change& change, VmState& vm, const NodeId& destination, MigrationWish wish);
void migrate_finished(Change& change, const CallFinished& finished, const VmId& name);

// A user's end of a migration. Where it ends is told by the hosts' reports, as ever; no other host
// is tried (ovirt-engine CancelMigrateVmCommand, CancelMigrateVDSCommand).
CommandReply cancel_migration(Change& change, const CancelMigration& command);
void cancel_finished(Change& change, const CallFinished& finished, const VmId& name);

const Migration* find_migration(const ClusterState& state, const VmId& vm);

// The destination runs it: what it reports is neither the incoming copy nor another VM's story.
bool arrived(const ClusterState& state, const VmState& vm, const NodeId& host, rpc::VmPhase phase);
void migration_done(Change& change, VmState& vm, const NodeId& host);

// The source's word on a VM that migrates. True: nothing else is to be concluded from it. A source
// that reports the VM as running again after it accepted the order has failed to migrate it.
bool still_migrating(Change& change, VmState& vm, rpc::VmPhase phase, Instant asked);

// The source no longer runs a migrating VM: it is the destination's now, which has still to say so;
// of a NonResponsive one it is Unknown (VmAnalyzer.handOverVm). False when no migration is known.
bool handed_over(Change& change, VmState& vm);

// The source says that the VM went down while it migrated: the copy that is on its way must not
// live on beside a restart (VmAnalyzer.abortVmMigration). False when it is not such a VM's end.
bool aborted(Change& change, VmState& vm, Ending ending, const std::string& why);

}  // namespace splitsite::reference
