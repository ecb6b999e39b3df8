#include "harness/ports/prober.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace splitsite {
namespace {

double milliseconds(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

}  // namespace

Duration median_round_trip(const PingResult& result) {
  if (result.round_trips.empty()) return Duration::zero();
  auto sorted = result.round_trips;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

std::string describe(const StreamResult& result) {
  std::string text = fmt::format("{} of {} arrived", result.received, result.sent);
  const auto add = [&](int count, const char* what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(result.duplicates, "twice");
  add(result.corrupted, "corrupted");
  add(result.overtaken, "overtaken");
  return text;
}

std::string describe(const ConnectResult& result) {
  constexpr std::array words{"connected", "refused", "unreachable", "no answer"};
  return fmt::format("{} after {:.1f} ms", words.at(static_cast<std::size_t>(result.outcome)),
                     milliseconds(result.took));
}

std::string describe(const FlowResult& result) {
  constexpr std::array words{"answered", "silent", "broken"};
  return fmt::format("{} after {:.1f} ms", words.at(static_cast<std::size_t>(result.outcome)),
                     milliseconds(result.took));
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
