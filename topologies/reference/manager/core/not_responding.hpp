// What is done about a host that has become NonResponsive (fact 3.2, ovirt-engine
// VdsNotRespondingTreatmentCommand): the checks that forbid fencing, soft fencing, and then the
// power. VMs with leases do not wait for any of it (fact 2.1).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// Nothing when a treatment or another power operation is under way already (BZ2000031).
void treat_not_responding(Change& change, HostState& host);

// The treatment's own steps: each is called when the one before has ended.
void power_status_before_soft_fencing(Change& change, HostState& host, bool is_off);
void daemon_restart_finished(Change& change, HostState& host, bool restarted);
void watch_treatment(Change& change, HostState& host);

// PmHealthCheckManager: once, when the quarantine of the start is over, hosts with power
// management that are NonResponsive still are treated again.
void treat_after_quarantine(Change& change);

}  // namespace splitsite::reference
