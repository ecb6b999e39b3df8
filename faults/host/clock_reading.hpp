// The clocks of a node as its agent read them at one moment.
#pragma once

#include "harness/fault/fault.hpp"

namespace splitsite {

struct ClockReading {
  Duration realtime{};
  Duration monotonic{};
  Duration raw{};  // at the hardware's own rate
  std::string boot_id;

  Duration ahead() const { return realtime - monotonic; }  // changes when the clock is set
};

// `kind`: of the agent's clock changes, which one does not matter.
Result<ClockReading> read_clocks(const Bench& bench, const NodeId& node, const std::string& kind);

// How much faster realtime ran than the hardware's clock, in parts per million.
double parts_per_million(const ClockReading& from, const ClockReading& to);

}  // namespace splitsite
