// The two ways an HA VM is started again without being asked for: through its lease while its host
// is silent (fact 2.1), and by the HA runner once it is known to be down (fact 2.3).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// One network exception more from a NonResponsive host. The tenth starts its Unknown VMs with a
// lease elsewhere, then every 101st does.
void count_towards_lease_restart(Change& change, HostState& host);

// Each HaRestartRunner interval: VMs that went down with an error.
void run_ha_queue(Change& change);

}  // namespace splitsite::reference
