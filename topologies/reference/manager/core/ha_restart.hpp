// The two ways an HA VM is started again without being asked for: through its lease while its host
// is silent (fact 2.1), and by the HA runner once it is known to be down (fact 2.3).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// One network exception of a NonResponsive host with VMs, the one that made it so included. The
// tenth starts its Unknown VMs with a lease elsewhere, then every 101st does.
void count_towards_lease_restart(Change& change, HostState& host);

// Each AutoStartVmsRunner interval: VMs that went down with an error, the higher priority first;
// a lower one waits until the higher ones are Up, MaxTimeAutoStartBlockedOnPriority at most.
void run_ha_queue(Change& change);

// At the Manager's start: HA VMs that are down with an error are in the queue again, as new.
void queue_failed_ha_vms(ClusterState& state, Instant now);

}  // namespace splitsite::reference
