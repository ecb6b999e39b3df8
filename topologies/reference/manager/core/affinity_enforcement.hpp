// The affinity rules enforcement manager: what brings VMs home after a failover (fact 4.2, oVirt's
// AffinityRulesEnforcementManager).
#pragma once

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// One cycle when its time has come: at most one VM, and only while no VM migrates. There is no
// hold-down for hosts that have just come back, and nobody looks whether a migration ends at all.
void enforce_affinity(Change& change);

}  // namespace splitsite::reference
