// What the replication faults share: the two nodes and the host whose I/O is the control, and the
// steps that change a replica.
#pragma once

#include "faults/storage/disk.hpp"
#include "harness/fault/parameters.hpp"

namespace splitsite {

struct ReplicaParties {
  NodeId node;
  NodeId peer;
  NodeId host;  // the first of the peer's site
};

// Of parameter "node".
Result<ReplicaParties> read_replica_parties(const ParameterReader& reader);

Step replica_step(const NodeId& node, const std::string& kind, const std::string& resource);

Disk lun_of(const NodeId& host);

}  // namespace splitsite
