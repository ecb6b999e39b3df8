// The replicated storage as its two nodes see it: which they are, what state they are in, and
// waiting until both copies are whole again.
#pragma once

#include <string>
#include <vector>

#include "harness/fault/fault.hpp"
#include "harness/fault/parameters.hpp"

namespace splitsite {

struct Replica {
  std::string connection;  // "Connected", "PausedSyncT"
  std::string disk;        // "UpToDate"
  std::string peer_disk;
  bool paused_here = false;
  bool paused_by_peer = false;
  std::uint64_t behind_kib = 0;  // what is not the same on both sides

  bool whole() const;  // connected, both copies up to date, no resync held back
};

std::string describe(const Replica& replica);  // "Connected UpToDate/UpToDate"

std::vector<NodeId> storage_nodes(const LabConfig& config);
// The other one. Invalid if `node` is none of two storage nodes.
Result<NodeId> storage_peer(const LabConfig& config, const NodeId& node);

// Unavailable while the node is not up.
Result<Replica> read_replica(const Bench& bench, const NodeId& node);

// Both nodes say so, within `bound`; what they said, as a sentence for the proof.
Result<std::string> replicas_are_whole(const Bench& bench, Duration bound);

// How long a storage node may take from power-on, or from losing the arbitration, until its copy is
// whole: boot, resync, and the lab's load.
constexpr Duration kWholeWithin = std::chrono::minutes(5);

}  // namespace splitsite
