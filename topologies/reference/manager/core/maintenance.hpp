// Taking hosts out of service and back (facts 1.6, 4.3), and "confirm host has been rebooted".
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

CommandReply activate(Change& change, const ActivateHost& command);
// An SPM gives up its role first; the status changes when it has.
CommandReply deactivate(Change& change, const DeactivateHost& command);
CommandReply confirm_rebooted(Change& change, const ConfirmHostRebooted& command);

void begin_maintenance(Change& change, HostState& host);
// Not usable, but talked to: its VMs are moved away, an SPM loses the role (facts 1.6, 3.3).
void set_non_operational(Change& change, HostState& host, const std::string& detail);

// Moves VMs off hosts that prepare for maintenance or are NonOperational, and finishes maintenance.
void watch_evacuations(Change& change);

}  // namespace splitsite::reference
