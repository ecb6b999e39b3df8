// Which host VMs go to: filters that forbid, then weights that prefer (fact 4.1), as in oVirt's
// built-in policy "none". Pure: it reads the state and changes nothing.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

struct Schedule {
  std::vector<NodeId> best;           // equally good; empty when no host passes the filters
  std::vector<std::string> refusals;  // "host-a1 (VmLeasesReady)", one per refused host
};

struct ScheduleWish {
  std::set<NodeId> excluded;      // neither considered nor listed among the refusals
  bool ignore_vms_rules = false;  // enforcing rules between VMs (a host goes into maintenance)
};

Schedule schedule(const ClusterState& state, const VmState& vm, const std::set<NodeId>& excluded);

// One host for all of them: VMs that an enforcing positive rule keeps together. Not empty.
Schedule schedule_together(const ClusterState& state, const std::vector<const VmState*>& vms,
                           const ScheduleWish& wish);

}  // namespace splitsite::reference
