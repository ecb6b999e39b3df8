// What a storage node does when DRBD loses its peer: ask the witness, and tell DRBD by an exit
// code.
//
// The codes are DRBD 8.4's (drbd_nl.c, conn_try_outdate_peer). Mind that 5, "peer is down", makes
// DRBD assume that the peer is dead and write on alone; so a witness out of reach must never end in
// 5. Any code DRBD has no meaning for leaves the I/O frozen, which is the safe answer.
//
// The preferred site wins a tie by a head start: the secondary site's storage node waits before it
// asks. A preference, not a rule: whoever asks first wins, and if the primary site is gone the wait
// is all it costs.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/agent/storage/drbd_status.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/witness/protocol.hpp"

namespace splitsite::reference {

enum class FenceExit : int {
  Granted = 7,  // peer fenced: it is outdated, this side writes on alone
  Lost = 6,     // the peer writes: this side outdates itself and stays frozen
  Frozen = 1,   // nobody could decide
};

struct FencePlan {
  Duration head_start{};  // waited before the first question
  Duration retry_every = std::chrono::milliseconds(300);
  Duration give_up_after = std::chrono::seconds(540);  // drbdadm ends a handler after 600 s
};

using AskWitness = std::function<Result<WitnessReply>(const WitnessRequest&)>;

struct FenceOutcome {
  FenceExit exit = FenceExit::Frozen;
  std::string said;  // one line for the log
};

FenceOutcome fence_peer(Clock& clock, const FencePlan& plan, const WitnessRequest& request,
                        const AskWitness& ask);

// Frees the lock, if and only if both replicas are seen connected and up to date *after* the lock's
// generation was read, so that a parting in between voids the release. Refused otherwise.
Result<WitnessReply> release_lock(const std::string& resource, const std::string& node,
                                  const AskWitness& ask,
                                  const std::function<Result<DrbdStatus>()>& read_drbd);

}  // namespace splitsite::reference
