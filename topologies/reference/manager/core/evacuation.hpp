// Moving a host's VMs away, all at once (ovirt-engine MaintenanceVdsCommand,
// MigrateMultipleVmsCommand): by priority, each to a host that the scheduler chooses; VMs that an
// enforcing rule keeps together stay together.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// What became of it. Refused: nothing was moved, for the reason oVirt would give.
struct Evacuation {
  bool complete = true;  // nothing is left behind
  CommandReply refusal;  // ok() when something moves, or nothing had to
};

// Every VM of a host that prepares for maintenance. `by_user`: VMs that only a user may move go,
// too. Enforcing rules between VMs are kept if they can be and broken if not
// (IgnoreVmToVmAffinityForHostMaintenance); enforcing rules to hosts are never broken.
Evacuation evacuate_for_maintenance(Change& change, const HostState& host, bool by_user);

// The VMs of a host that has just become NonOperational, as the cluster's error handling has it
// (fact 3.3, SetNonOperationalVdsCommand): once, and never again. One VM that cannot be migrated
// (pinned, paused by an I/O error) keeps all of them where they are.
void evacuate_by_error_handling(Change& change, const HostState& host);

}  // namespace splitsite::reference
