#include "harness/time/window.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite {

Elapsed elapsed(const Window& from, const Window& to) {
  return Elapsed{.least = to.lo - from.hi, .most = to.hi - from.lo};
}

Inside judge(const Elapsed& measured, const Bounds& bounds) {
  if (measured.least >= bounds.at_least && measured.most <= bounds.at_most) return Inside::Yes;
  if (measured.most < bounds.at_least || measured.least > bounds.at_most) return Inside::No;
  return Inside::Unclear;
}

std::string format_bounds(const Bounds& bounds) {
  return fmt::format("{} to {}", format_duration(bounds.at_least), format_duration(bounds.at_most));
}

std::string format_elapsed(const Elapsed& measured) {
  return fmt::format("{} to {}", format_duration(measured.least), format_duration(measured.most));
}

}  // namespace splitsite
