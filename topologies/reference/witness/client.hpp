// One question to the witness over TCP, answered or given up within a time limit.
#pragma once

#include <cstdint>
#include <string>

#include "harness/time/clock.hpp"
#include "topologies/reference/witness/protocol.hpp"

namespace splitsite::reference {

struct WitnessAddress {
  std::string ip;
  std::uint16_t port = 0;
};

// Unavailable or TimedOut: nobody answered, and whether the request took effect is unknown (asking
// again is harmless). Refused: the witness said it cannot obey.
Result<WitnessReply> ask_witness(const WitnessAddress& witness, const WitnessRequest& request,
                                 Duration limit);

}  // namespace splitsite::reference
