// The moves of the SPM search, shared by the search and by the reading of answers. Internal.
#pragma once

#include <string>

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

void begin_search(Change& change, const std::string& why);
// Stops searching without a result; the next refresh begins anew.
void end_search(PoolState& pool);

void ask_next_candidate(Change& change);
void start_candidate(Change& change, int previous_id);
void candidate_failed(Change& change);
void accept_spm(Change& change, const NodeId& host);

void set_pool_status(Change& change, DataCenterStatus status, const std::string& why);

}  // namespace splitsite::reference
