// Time as the harness uses it: monotonic, with a deadline on every wait. Wall-clock time is printed
// in reports and never computed with.
#pragma once

#include <chrono>
#include <string>

namespace splitsite {

using Duration = std::chrono::nanoseconds;
using Instant = std::chrono::steady_clock::time_point;  // CLOCK_MONOTONIC of this machine

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // Lets `d` pass. The only place in the project where waiting happens by time alone.
  virtual void pause(Duration d) = 0;
};

// The machine's clock. Stateless; one instance serves the program.
Clock& steady_clock();

// For tests: time moves only when told to, or when somebody pauses.
class ManualClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  void pause(Duration d) override { now_ += d; }
  void advance(Duration d) { now_ += d; }

 private:
  Instant now_{};
};

// A point in time by which something must have happened, made as "now + bound".
class Deadline {
 public:
  Deadline(const Clock& clock, Duration bound) : at_(clock.now() + bound), bound_(bound) {}

  Duration bound() const { return bound_; }
  Duration remaining(const Clock& clock) const { return at_ - clock.now(); }
  bool passed(const Clock& clock) const { return clock.now() >= at_; }

 private:
  Instant at_;
  Duration bound_;
};

// "84.2 s", "350 ms", "12 us": the largest unit that keeps the number at or above one.
std::string format_duration(Duration d);

}  // namespace splitsite
