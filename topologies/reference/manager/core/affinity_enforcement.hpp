// The affinity rules enforcement manager: what brings VMs home after a failover (fact 4.2).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// Marks groups that are not as they should be.
void update_broken_groups(ClusterState& state);

// One cycle when its time has come: at most one VM, and only while no VM migrates.
void enforce_affinity(Change& change);

}  // namespace splitsite::reference
