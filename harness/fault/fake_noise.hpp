// What the fake lab's load adds to the times of packets: never less than nothing, as in a real lab,
// and always the same numbers in the same order. Linked by tests only.
#pragma once

#include <cstdint>

#include "harness/time/clock.hpp"

namespace splitsite {

class FakeNoise {
 public:
  // From now on packets take up to this much longer, most of them much less, in busier and calmer
  // moments of some packets each.
  void be_restless(Duration most) { most_ = most; }

  // Of the next packet.
  Duration draw_noise() {
    if (most_ == Duration::zero()) return most_;
    if (drawn_++ % 40 == 0) busy_ = 0.5 + draw() / 2;
    const double share = draw();
    return std::chrono::duration_cast<Duration>(most_ * (busy_ * share * share));
  }

 protected:
  ~FakeNoise() = default;

 private:
  double draw() {  // 0 to 1
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 33U) / static_cast<double>(1U << 31U);
  }

  Duration most_{};
  double busy_ = 1;
  std::uint64_t drawn_ = 0;
  std::uint64_t state_ = 1;
};

}  // namespace splitsite
