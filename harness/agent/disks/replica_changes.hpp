// Changes of the replicated storage on one storage node:
//   replica.pause {}     no resync runs; undone, it goes on;
//   replica.detach {}    the disk is taken from under the replica, I/O goes to the peer; undone, it
//                        is attached again and brought up to date by the peer;
//   replica.attach {}    it is attached (again), in the background; undone, it is attached too: the
//                        step that mends a replica whose disk was dropped because of an I/O error;
//   replica.outdate {}   its whole copy is declared worthless and fetched anew from the peer;
//                        nothing to undo, the resync ends by itself.
// Observed {}: the state of the replica, as op truth tells it, with "paused_here" and
// "paused_by_peer".
#pragma once

#include <functional>
#include <memory>

#include "harness/agent/changes/change.hpp"
#include "harness/agent/disks/replica_tool.hpp"
#include "harness/agent/storage/drbd_status.hpp"

namespace splitsite::agent {

using ReadDrbd = std::function<Result<DrbdStatus>()>;

// `tool` outlives them.
std::unique_ptr<Change> make_replica_pause(ReplicaTool& tool, ReadDrbd read);
std::unique_ptr<Change> make_replica_detach(ReplicaTool& tool, ReadDrbd read);
std::unique_ptr<Change> make_replica_attach(ReplicaTool& tool, ReadDrbd read);
std::unique_ptr<Change> make_replica_outdate(ReplicaTool& tool, ReadDrbd read);

// From the kernel's text, "/proc/drbd".
Result<DrbdStatus> read_drbd(const std::string& proc_drbd);

}  // namespace splitsite::agent
