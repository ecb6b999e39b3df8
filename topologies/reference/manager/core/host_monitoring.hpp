// Hosts that answer and hosts that do not (fact 3.1).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// How long a host may be silent before it can be NonResponsive: longer for the SPM and per VM.
Duration silence_allowed(const ClusterState& state, const HostState& host);

void poll_failed(Change& change, const PollFailed& poll);
void poll_refused(Change& change, const PollRefused& poll);
void poll_answered(Change& change, const PollAnswered& poll);

void connect_finished(Change& change, const CallFinished& finished);

// Initializing for too long becomes NonOperational (VdsRecoveryTimeoutInMinutes, fact 3.1);
// NonOperational hosts are tried again every AutoRecoverySchedule (fact 3.3).
void watch_hosts(Change& change);

}  // namespace splitsite::reference
