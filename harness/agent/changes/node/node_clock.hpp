// The clocks of a node's kernel, as far as faults change them. An interface, because a test must
// not touch the machine's own.
#pragma once

#include <chrono>

#include "harness/core/result.hpp"

namespace splitsite::agent {

// Read as one moment.
struct ClockReading {
  std::chrono::nanoseconds realtime{};
  std::chrono::nanoseconds monotonic{};  // never stepped, but runs at the rate of realtime
  std::chrono::nanoseconds raw{};        // the hardware's own rate: nothing here changes it
};

// The kernel's own unit: 2^-16 parts per million.
using ScaledRate = long;
inline constexpr ScaledRate per_million = 65536;

class NodeClock {
 public:
  virtual ~NodeClock() = default;

  virtual ClockReading read() = 0;
  // Moves realtime, relative to where it is when the kernel carries it out.
  virtual Result<void> step(std::chrono::nanoseconds by) = 0;
  virtual Result<ScaledRate> rate() = 0;
  // Sets the rate and moves realtime, both or neither.
  virtual Result<void> set_rate(ScaledRate rate, std::chrono::nanoseconds step) = 0;
};

class KernelClock final : public NodeClock {
 public:
  ClockReading read() override;
  Result<void> step(std::chrono::nanoseconds by) override;
  Result<ScaledRate> rate() override;
  Result<void> set_rate(ScaledRate rate, std::chrono::nanoseconds step) override;
};

}  // namespace splitsite::agent
