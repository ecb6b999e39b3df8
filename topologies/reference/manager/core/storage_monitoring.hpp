// What hosts say about the storage domain (fact 3.3). One timer for the domain, from the first
// report of a problem; what it means is decided when it expires, by who reports it then.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// What the host sees: HostStorage.
void take_storage_report(Change& change, HostState& host, const rpc::StorageReport& report);
// What that means for the domain; only Up hosts count, and only while the data center is Up or
// problematic.
void watch_domain_of(Change& change, const HostState& host, const rpc::StorageReport& report);

// After StorageDomainFailureTimeout: if some Up host still reads the domain, those that do not
// become NonOperational; if none does, the master domain becomes Inactive, the data center
// problematic (985). With no Up host at all the domain is Unknown.
void watch_storage(Change& change);

// Auto recovery of an Inactive domain: every Up host connects to it once more.
void recover_domain(Change& change);

}  // namespace splitsite::reference
