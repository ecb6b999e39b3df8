// The clock by which an agent stamps its streams, read from outside. Nodes' clocks differ by any
// amount and drift apart; aligned here, the two ends of a stream can be compared.
#pragma once

#include "harness/lab/agent_client.hpp"

namespace splitsite {

// What to add to the agent's stamps to get this machine's monotonic clock. Off by at most half of
// the quickest call's time, out of up to forty calls: under a millisecond on a machine with some
// time to spare.
Result<Duration> stream_clock_offset(AgentClient& agent);

}  // namespace splitsite
