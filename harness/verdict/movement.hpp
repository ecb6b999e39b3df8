// Movement: who had to go where after a site was lost and after it came back, and by when. Each
// oracle checks the whole path, not the end state only, and that the start of the path was seen.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/observe/history.hpp"
#include "harness/verdict/bounds.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

using NodeSet = std::set<NodeId>;

// What counts as a VM's service, and the words for it.
struct Service {
  std::function<const Event*(Duration from)> first_sign;  // null: none after `from`
  std::string sign;                                       // "serving"
  std::string no_sign;                                    // "its service did not come back"
};

// As failed_over, for any service. `verdict` brings id, title, requirements and bounds.
Verdict came_back(const Events& events, const VmId& vm, const NodeSet& lost,
                  const NodeSet& survivors, const Service& service, Verdict verdict);

// The VM ran on a node of `lost`, that node lost power, and the VM ran again on a node of
// `survivors` inside the bounds: its CPUs not before the lower end, its service back by the upper
// end. Time counts from the power-off of the very host it ran on.
Verdict failed_over(const Events& events, const VmId& vm, const NodeSet& lost,
                    const NodeSet& survivors, const ComposedBounds& bounds);

// The VM ran when the fault took effect and its CPUs never ran again until the end of the history.
Verdict stays_down(const Events& events, const VmId& vm);

// The VM ran on a node of `lost` when the fault took effect, and its CPUs ran nowhere until the
// heal, which was watched for longer than `failover` allows a failover: nobody was left to start
// it.
Verdict not_failed_over(const Events& events, const VmId& vm, const NodeSet& lost,
                        const ComposedBounds& failover);

// The VM ran on one host throughout, in one incarnation, and its writes never stalled longer than
// `longest_stall` (a stall as long as the lease's life would have cost it the lease).
Verdict undisturbed(const Events& events, const VmId& vm, Duration longest_stall);

// The VM ran on one host throughout, in one incarnation; how its writes fared is not asked.
Verdict never_moved(const Events& events, const VmId& vm);

// The VM came home to a node of `home` by live migration: same incarnation before and after, the
// last stay at home, and inside the bounds from the moment all of `home` was up again.
Verdict failed_back(const Events& events, const VmId& vm, const NodeSet& home,
                    const ComposedBounds& bounds);

// The SPM lease was held on a node of `lost`; another node held it only after the last node of
// `lost` had lost power, not before the lease could expire, and inside the bounds.
Verdict spm_moved(const Events& events, const NodeSet& lost, const NodeSet& survivors,
                  const ComposedBounds& bounds);

// The branch of fact 1.5 in which an unfenced dead SPM keeps the role: nobody else took the lease
// between the loss and the heal.
Verdict spm_stuck(const Events& events, const NodeSet& lost);

// After the lost site was powered again the SPM lease stayed where it was (fact 1.7: no automatic
// failback of the role).
Verdict spm_stays(const Events& events, const NodeSet& survivors);

// The Manager's API fell silent when `active`, its node, lost power, and answered again inside the
// bounds, though that node stayed away: the other node of the cluster had taken over.
Verdict manager_moved(const Events& events, const NodeId& active, const ComposedBounds& bounds);

// The story could be judged at all: the fault was proven active and proven healed, and every VM in
// `vms` had been seen running and writing before the fault.
Verdict assumptions(const Events& events, const std::vector<VmId>& vms);

}  // namespace splitsite
