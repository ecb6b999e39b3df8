#include "harness/ports/prober.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite {

Duration median_round_trip(const PingResult& result) {
  if (result.round_trips.empty()) return Duration::zero();
  auto sorted = result.round_trips;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

std::string describe(const PingResult& result) {
  std::string text = fmt::format("{} of {} answered", result.received, result.sent);
  if (!result.round_trips.empty()) {
    const std::chrono::duration<double, std::milli> median = median_round_trip(result);
    text += fmt::format(", median {:.2f} ms", median.count());
  }
  return text;
}

}  // namespace splitsite
