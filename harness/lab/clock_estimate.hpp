// Where a node's clock stands against the machine's, from round trips: a node that answered with
// its time n between our t0 and t1 is ahead by something between n - t1 and n - t0. Samples are
// intersected, widened by the drift possible since; so every event gets an honest Window.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/time/window.hpp"

namespace splitsite {

class ClockEstimate {
 public:
  // `node_time` is the node's CLOCK_BOOTTIME; the instants are this machine's.
  void add(Instant sent, Duration node_time, Instant received);

  // The machine's time (offset from the clock's zero) at which the node's clock showed `node_time`.
  // nullopt before the first sample.
  std::optional<Window> on_machine(Duration node_time) const;

  // The node booted anew, or its clock stood still while it was paused.
  void forget() { samples_.clear(); }

 private:
  struct Sample {
    Duration node_time;
    Duration ahead_least;  // node minus machine
    Duration ahead_most;
  };
  std::optional<Sample> combined(Duration node_time) const;

  std::vector<Sample> samples_;  // newest last
};

}  // namespace splitsite
