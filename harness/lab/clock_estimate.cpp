#include "harness/lab/clock_estimate.hpp"

#include <algorithm>

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// An emulated CPU's clock is calibrated at boot and off by some hundred parts per million.
constexpr std::int64_t kDriftPerMillion = 500;
constexpr std::size_t kKept = 16;

Duration drift_over(Duration distance) {
  return Duration(std::abs(distance.count()) * kDriftPerMillion / 1'000'000);
}

}  // namespace

void ClockEstimate::add(Instant sent, Duration node_time, Instant received) {
  const Sample fresh{.node_time = node_time,
                     .ahead_least = node_time - received.time_since_epoch(),
                     .ahead_most = node_time - sent.time_since_epoch()};
  const auto before = combined(node_time);
  const bool contradicts =
      before && (fresh.ahead_least > before->ahead_most || fresh.ahead_most < before->ahead_least);
  // The node's clock jumped or stood still: what was known about it is over.
  if (contradicts) samples_.clear();
  samples_.push_back(fresh);
  if (samples_.size() > kKept) samples_.erase(samples_.begin());
}

std::optional<Window> ClockEstimate::on_machine(Duration node_time) const {
  const auto best = combined(node_time);
  if (!best) return std::nullopt;
  return Window{node_time - best->ahead_most, node_time - best->ahead_least};
}

std::optional<ClockEstimate::Sample> ClockEstimate::combined(Duration node_time) const {
  if (samples_.empty()) return std::nullopt;
  Sample best{node_time, Duration::min(), Duration::max()};
  // Newest first, and an old sample that would leave nothing is not believed any more.
  for (auto sample = samples_.rbegin(); sample != samples_.rend(); ++sample) {
    const Duration drift = drift_over(node_time - sample->node_time);
    const Duration least = std::max(best.ahead_least, sample->ahead_least - drift);
    const Duration most = std::min(best.ahead_most, sample->ahead_most + drift);
    if (least > most) break;
    best.ahead_least = least;
    best.ahead_most = most;
  }
  return best;
}

}  // namespace splitsite
