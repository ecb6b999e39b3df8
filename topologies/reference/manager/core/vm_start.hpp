// Starting a VM: one attempt tries up to MaxRerunVmOnVdsCount hosts, one after the other
// (fact 2.2).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

struct StartWish {
  std::optional<NodeId> host = std::nullopt;  // this one or none
  bool by_user = false;
};

// Orders VM.create on the scheduler's choice. The VM is Down or Unknown and has no attempt running.
// When no host passes the filters nothing is ordered and the refusals are returned.
std::optional<std::string> begin_start(Change& change, VmState& vm, const StartWish& wish = {});

// VM.create answered. An unanswered one may have worked: the VM becomes Unknown, never Down, so
// that nobody starts it a second time (fact 2.2, ovirt-engine PR 1100).
void create_finished(Change& change, const CallFinished& finished, const VmId& name);

// The target host says the start failed (-243 when another host holds the lease), or is gone: tries
// the next host, or gives up. `Refused`: VM.create itself was answered with an error.
enum class Failure { Reported, Refused };
void start_failed(Change& change, VmState& vm, const std::string& why,
                  Failure failure = Failure::Reported);

// The target host reports the VM as PoweringUp or Up: it runs there now.
void start_confirmed(Change& change, VmState& vm, VmStatus status);

// The VM stopped running where it was. With an error and HA it goes to the HA runner (fact 2.3);
// an attempt on another host goes on.
enum class Ending { Normal, Error };
void vm_ended(Change& change, VmState& vm, Ending ending, const std::string& why);
void vm_is_down(Change& change, VmState& vm, Ending ending);  // the same, its event was said

// A try of the HA runner failed: ten times the short interval, then the long one (fact 2.3).
void postpone_ha_restart(Change& change, VmState& vm);

void place(Change& change, VmState& vm, const NodeId& host);

}  // namespace splitsite::reference
