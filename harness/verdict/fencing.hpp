// Fencing by power management: who was switched off by whom, and what became of its VMs. A change
// of power by the lab's power controllers is the Manager's doing; everybody else's is a fault.
#pragma once

#include "harness/core/id.hpp"
#include "harness/observe/history.hpp"
#include "harness/verdict/bounds.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

// From a host that falls silent to its power being taken by proxy (fact 3.2): grace, the question
// for its power, soft fencing that nobody answers. The lower end is the shortest grace.
ComposedBounds fencing_by_proxy(const TimingConfig& timing, int vms_on_host, bool was_spm,
                                const LabAllowance& allowance);
// From that moment to one of its HA VMs running elsewhere, where no lease has to be waited for.
ComposedBounds restart_after_fencing(const TimingConfig& timing, const LabAllowance& allowance);

// The host the VM ran on when the fault took effect lost its power to a controller, inside the
// bounds, and got it back.
Verdict host_of_was_fenced(const Events& events, const VmId& vm, const ComposedBounds& bounds);

// The VM ran again elsewhere, never before its host's power was off, and inside the bounds after.
Verdict restarted_after_fencing(const Events& events, const VmId& vm, const ComposedBounds& bounds);

// No controller switched anything.
Verdict nobody_was_fenced(const Events& events);

// The VM ran when the fault took effect, and not again before the fault was healed.
Verdict stays_down_until_heal(const Events& events, const VmId& vm);

}  // namespace splitsite
