// Commands from outside: found, allowed, done; each with the answer REST gives.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

CommandReply take_command(Change& change, const Command& command);

// Orders the stop the user wished for (VmState::user_stop) from the host that runs the VM.
void order_stop(Change& change, VmState& vm);
// VM.destroy and VM.shutdown that a user asked for have answered.
void vm_stop_finished(Change& change, const CallFinished& finished, const VmId& name);
// VM.cont that a user's start of a paused VM ordered has answered.
void resume_finished(Change& change, const CallFinished& finished, const VmId& name);
// VM.reboot has answered.
void reboot_finished(Change& change, const CallFinished& finished, const VmId& name);

}  // namespace splitsite::reference
