// Takes or gives a host's power and waits until its controller says so, or asks for the status
// (ovirt-engine SingleAgentFenceActionExecutor; fact 3.2 step 8). Says how it ended; what that
// means for the host is the caller's.
#pragma once

#include "topologies/reference/manager/core/fence_proxy.hpp"

namespace splitsite::reference {

// The three moves of an operation; each may end it.
std::optional<ProxyAnswer> begin_power(Change& change, HostState& host, PowerAction wanted,
                                       PowerOperation& power);
std::optional<ProxyAnswer> watch_power(Change& change, HostState& host, PowerOperation& power);
std::optional<ProxyAnswer> power_answered(Change& change, HostState& host, PowerOperation& power,
                                          const CallFinished& finished);

}  // namespace splitsite::reference
