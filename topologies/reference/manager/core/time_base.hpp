// The state keeps monotonic times; what leaves the process and outlives it is wall-clock time. One
// moment known in both.
#pragma once

#include <chrono>

#include "harness/time/clock.hpp"

namespace splitsite::reference {

struct TimeBase {
  Instant monotonic{};
  std::chrono::system_clock::time_point wall{};

  static TimeBase now();
  std::chrono::system_clock::time_point wall_at(Instant at) const;
  Instant monotonic_at(std::chrono::system_clock::time_point at) const;
};

}  // namespace splitsite::reference
