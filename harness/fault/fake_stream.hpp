// What becomes of numbered datagrams on an impaired way of the fake lab. Linked by tests only.
#pragma once

#include <algorithm>
#include <cmath>

#include "harness/fault/fake_noise.hpp"
#include "harness/ports/links.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

// Jitter swings between its two ends.
inline Duration strayed_by(const Impairment& way, int packet) {
  return packet % 2 == 0 ? way.jitter : -way.jitter;
}

// `result` has as many received as were not cut; the rest follows from the way.
inline void impair_stream(const Impairment& way, const StreamPlan& plan, FakeNoise& noise,
                          StreamResult& result) {
  const int passed = result.received;
  const auto share = [&](double percent) {
    return static_cast<int>(std::lround(passed * percent / 100));
  };
  const int lost = share(way.bursts ? way.bursts->mean_loss_percent() : way.loss_percent);
  const double run = way.bursts ? 100 / way.bursts->leave_percent : 1;
  result.gaps += static_cast<int>(std::ceil(lost / run));
  result.corrupted = std::min(share(way.corrupt_percent), passed - lost);
  result.received = passed - lost - result.corrupted;
  result.duplicates = std::min(share(way.duplicate_percent), result.received);
  result.overtaken = std::min(share(way.reorder_percent), result.received);
  for (int i = 0; i < result.received; ++i) {
    // Those that overtake are not delayed at all.
    const Duration delayed = way.delay + strayed_by(way, i);
    result.transits.push_back(std::chrono::microseconds(500) + noise.draw_noise() +
                              (i < result.overtaken ? Duration::zero() : delayed));
  }
  constexpr double kSpeedOfLab = 1e8;  // bits per second
  const double limit = static_cast<double>(way.rate_bits_per_second);
  const double bits = 8.0 * (plan.payload_bytes + 42) * plan.count;
  const std::chrono::duration<double> needed(bits / (limit > 0 ? limit : kSpeedOfLab));
  result.arrival_span =
      std::max<Duration>(plan.interval * plan.count, std::chrono::duration_cast<Duration>(needed));
}

}  // namespace splitsite
