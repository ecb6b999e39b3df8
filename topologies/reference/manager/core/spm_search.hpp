// The moves of the SPM search, shared by the search and by the reading of answers. Internal.
#pragma once

#include <string>

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

void begin_search(Change& change);
// Stops searching without a result; the next refresh begins anew.
void end_search(PoolState& pool);

void ask_next_candidate(Change& change);
void start_candidate(Change& change, int previous_id);
void candidate_failed(Change& change);
// The search has found, or started, the SPM.
void selected(Change& change, const NodeId& host);

// Fact 1.5: the cached SPM is given up without a stop, and the others are asked.
void fail_over(Change& change, const NodeId& host);

// Facts 1.4, 1.6: a host that does not answer is not asked to stop, nor one with tasks (9030).
bool may_stop_spm(Change& change, const HostState& host);
// The planned stop (PoolState::stopping) failed, or was not even tried.
void spm_not_stopped(Change& change);

// The pool's information comes with the SPM's answer (GetStoragePoolInfo): a domain that nobody
// watched is known again.
void know_domain(Change& change, const NodeId& spm);

// The data center's status, with the event if that is news (980, 986, 987, 993).
void pool_problematic(Change& change, int code, const std::string& text);

}  // namespace splitsite::reference
