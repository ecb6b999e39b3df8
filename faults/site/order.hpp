// In which order and with what pauses the nodes of a site lose their power and get it back. Drawn
// from a seed by arithmetic of our own, so that the same seed means the same plan everywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "faults/site/comeback.hpp"
#include "harness/fault/step.hpp"

namespace splitsite {

// SplitMix64: a whole sequence from any seed, also from 0.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}

  // 0 to `bound` - 1. The bias of the remainder is below 2^-40 for the small bounds used here.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // Both ends included, in whole milliseconds.
  Duration between(Duration least, Duration most);

 private:
  std::uint64_t next();

  std::uint64_t state_;
};

std::vector<NodeId> shuffled(std::vector<NodeId> nodes, Draw& draw);

// `parts` pauses that add up to `total`, the longest at most about four times the shortest.
std::vector<Duration> split(Duration total, std::size_t parts, Draw& draw);

// Power off in this order, with `pauses` between (may be empty: none). Undone in reverse order, at
// once or staggered.
Plan plan_outage(const std::vector<NodeId>& order, const std::vector<Duration>& pauses,
                 const Comeback& comeback);

}  // namespace splitsite
