// Edits of a VM (fact 7.4, oVirt's UpdateVm). High availability and priority count at once, the
// resume behaviour from the VM's next start, and a lease when the SPM has written it: an
// asynchronous task (fact 2.4).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

CommandReply edit_vm(Change& change, const EditVm& command);

// Lease.create and Lease.delete of the SPM, VM.hotplugLease and VM.hotunplugLease of the VM's host.
void lease_task_finished(Change& change, const CallFinished& finished, const VmId& name);

// Fact 2.5: since oVirt 4.2 an HA VM with a lease is killed, whatever it was set to.
ResumeBehaviour effective_resume_behaviour(const VmState& vm);
// The VM is down: what was edited while it ran counts now.
void apply_next_run(VmState& vm);

// Asynchronous tasks of the storage pool are running: the SPM is neither moved nor stopped (facts
// 1.4, 1.6, 4.3).
bool has_pool_tasks(const ClusterState& state);

}  // namespace splitsite::reference
