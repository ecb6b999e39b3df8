// What a cut of the replication leads to, legally: both storage nodes miss their peer, the witness
// grants one of them to go on alone, and the other, if it was writing, resets itself, because its
// frozen writes must never be completed. It boots, waits for its peer and exports nothing until the
// link is back. Without the witness neither goes on, and nobody is reset. A proof that does not
// wait for the end of this measures in the middle of a reset.
#pragma once

#include <map>
#include <string>

#include "harness/fault/fault.hpp"

namespace splitsite {

// Which life each storage node lives.
using StorageLives = std::map<NodeId, std::string>;
// Unavailable while one of them does not answer.
Result<StorageLives> storage_lives(const Bench& bench);

// What is known of a parting once it is settled.
struct Parted {
  std::string text;      // a sentence for the proof
  StorageLives changed;  // who was reset since, and lives anew
};
// Waits until both replicas have noticed and each storage node answers: one of them booted anew,
// or, for longer than a reset can be off, none. Not proven if the replicas stay together.
Result<Parted> await_parting(const Bench& bench, const StorageLives& before);

}  // namespace splitsite
