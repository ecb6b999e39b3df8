// Fencing of hosts by power management (fact 3.2, 7.3): changes of power that are under way, what
// they do to the host, its VMs and the SPM role, and the way back of a host that boots.
// Rule: one flow per host at a time; another one is not begun meanwhile.
#pragma once

#include "topologies/reference/manager/core/change.hpp"
#include "topologies/reference/manager/core/fence_proxy.hpp"

namespace splitsite::reference {

// DisableFenceAtStartupInSec: hosts that look dead to a Manager that has just started may only be
// slow. The host the Manager itself ran on before is known to be lost.
bool is_in_quarantine(const ClusterState& state, const HostState& host, Instant now);

// The flow takes the power, clears the host's VMs, frees the SPM role and gives the power back.
void restart_by_proxy(Change& change, HostState& host);
void stop_by_proxy(Change& change, HostState& host);
void start_by_proxy(Change& change, HostState& host);
// The answer goes to flow.reply.
void ask_power_status(Change& change, HostState& host);

// The host's VMs are Down with an error, events 143: HA ones start elsewhere at once.
void clear_vms(Change& change, const HostState& host);
// SPM role of a host that is off: the ownership check is skipped (fact 1.4, 1.6). False, and
// nothing done, when the data center does not allow it.
bool release_spm_of_fenced(Change& change, HostState& host);

// No monitoring in these: what the host says, or that it is silent, changes nothing. It counts as
// reached, so that a host that has booted is found again.
bool is_rebooting(const HostState& host);
void note_reached(HostState& host);

// Host.fenceNode and Service.restartHostDaemon have answered.
void fence_call_finished(Change& change, const CallFinished& finished);
void watch_fencing(Change& change);

}  // namespace splitsite::reference
