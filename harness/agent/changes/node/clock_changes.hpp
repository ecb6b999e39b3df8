// "clock.step" {by_ns} and "clock.drift" {ppm}: the node's time of day jumps, or runs fast or slow.
// observe {} -> {realtime_ns, monotonic_ns, raw_ns} of one moment, and {boot_id}: for proofs that
// compare two moments of one life.
// Rule: what is taken back is what this change did and no more: a clock that somebody else has set
// in the meantime keeps what they did to it, as far as the two can be told apart.
#pragma once

#include "harness/agent/changes/change.hpp"
#include "harness/agent/changes/node/node_clock.hpp"

namespace splitsite::agent {

class ClockStep final : public Change {
 public:
  explicit ClockStep(NodeClock& clock) : clock_(clock) {}

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;

 private:
  NodeClock& clock_;
};

// The rate of realtime and of the monotonic clock against the hardware's own. Taken back, the rate
// is what it was, and realtime loses what it had gained; the monotonic clock cannot be moved back.
class ClockDrift final : public Change {
 public:
  explicit ClockDrift(NodeClock& clock) : clock_(clock) {}

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;

 private:
  NodeClock& clock_;
};

}  // namespace splitsite::agent
