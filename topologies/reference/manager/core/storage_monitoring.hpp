// What hosts say about the storage domain (fact 3.3).
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

void take_storage_report(Change& change, HostState& host, const rpc::StorageReport& report);

// After StorageDomainFailureTimeout: hosts that alone cannot read the domain become NonOperational;
// if no Up host can read it, the domain becomes Inactive.
void watch_storage(Change& change);

}  // namespace splitsite::reference
