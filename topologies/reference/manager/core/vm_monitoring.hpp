// What a host's report says about the VMs: where they run now, which ended, which never came up
// (oVirt's VmAnalyzer, fact 2.2).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// Only what was asked for after a change can contradict the change: an older report is no evidence.
void reconcile_vms(Change& change, const PollAnswered& poll);

// The host turned NonResponsive: nobody knows what its VMs do (event 142).
void vms_become_unknown(Change& change, const NodeId& host);

}  // namespace splitsite::reference
