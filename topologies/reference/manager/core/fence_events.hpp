// The audit events of power operations, as ovirt-engine's AuditLogMessages words them.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

void say_power_started(Change& change, const HostState& host, PowerAction action);  // 9017
void say_power_changed(Change& change, const HostState& host, PowerAction action);  // 9018
void say_stopped(Change& change, const HostState& host);                            // 21
// 20; of a restart 41 or 121 as well, and 14 at the end of a treatment.
void say_started(Change& change, const HostState& host);
// 9019 and 9002, then the failure of whatever it was part of: 137, 118, 107, or 122 and 19.
void say_power_failed(Change& change, const HostState& host, const FenceFlow& flow,
                      const std::string& why);
void say_skipped_by_policy(Change& change, const HostState& host);  // 9014

// Seconds to wait after the host's last event of this kind (FenceQuietTimeBetweenOperationsInSec);
// 0: none. oVirt reads its audit log for it as well.
long quiet_seconds_left(const ClusterState& state, const NodeId& host, int code, Instant now);

}  // namespace splitsite::reference
