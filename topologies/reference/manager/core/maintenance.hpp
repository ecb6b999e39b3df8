// Taking hosts out of service and back (facts 1.6, 4.3).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

CommandReply activate(Change& change, const ActivateHost& command);
// An SPM gives up its role first; the status changes when it has. A host whose VMs nobody can take
// (no memory, an enforcing rule) is PreparingForMaintenance all the same, as in oVirt: the answer
// is a refusal, and moving them is tried again (fact 4.3).
CommandReply deactivate(Change& change, const DeactivateHost& command);

CommandReply begin_maintenance(Change& change, HostState& host);

// Moves the VMs of a host that prepares for maintenance; what is left behind is said (602).
CommandReply empty_host(Change& change, HostState& host, bool by_user);
std::string vms_left_behind(const HostState& host);

// Hosts that prepare for maintenance: empty ones are there, others try again.
void watch_maintenance(Change& change);

}  // namespace splitsite::reference
