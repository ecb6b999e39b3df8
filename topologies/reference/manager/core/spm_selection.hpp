// Who is the storage pool manager (fact 1). The Manager chooses, storage decides: nothing is
// started while sanlock names an owner that may live, except after the operator's word (fact 1.4).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// The hosts of fact 1.1 that could be asked now: Up, priority not -1, the highest of them.
std::optional<NodeId> best_candidate(const ClusterState& state);

// The pool refresh, every StoragePoolRefreshTime: asks the SPM, or searches one (facts 1.2, 1.5).
void refresh_pool(Change& change);
// While a candidate acquires the lease it is asked every second.
void poll_spm_start(Change& change);

// Any answer to a StoragePool call.
void spm_call_finished(Change& change, const CallFinished& finished);

// A planned move: asks the SPM to let go; the rest follows from its answer (fact 1.6).
void release_spm(Change& change, const NodeId& host);
// Fact 1.6: an SPM that is lost right after the Manager's start. The data center is NotOperational
// and nobody is searched for, until a host comes up or StoragePoolNonOperationalResetTimeout has
// passed.
void pause_selection(Change& change);
// Forgets who is asked (oVirt's ResetIrs, for a host that was rebooted); the next refresh searches.
void reset_spm(Change& change);

// A command was refused by the host it was sent to as the SPM (fact 1.2: failover).
void spm_lost_role(Change& change, const NodeId& host);

// Something needs the SPM now (fact 1.2). False when there is none that works: then the command
// fails, and the role is looked for at once. That also ends "stuck" (fact 1.5).
bool spm_command_finds_spm(Change& change);

CommandReply force_select_spm(Change& change, const ForceSelectSpm& command);

}  // namespace splitsite::reference
