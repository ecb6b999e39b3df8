// No instant is known exactly: an event lies somewhere in a Window, and so a measured time is a
// range. A bound holds if even the longest reading is inside, is violated if even the shortest
// deviation is outside, and is inconclusive otherwise. This is the one place that decides it.
#pragma once

#include <compare>
#include <string>

#include "harness/time/clock.hpp"

namespace splitsite {

// Offsets from the start of the run, lo <= hi.
struct Window {
  Duration lo{};
  Duration hi{};

  auto operator<=>(const Window&) const = default;
};

// Times between two events: from (earliest possible) to (latest possible).
struct Elapsed {
  Duration least{};
  Duration most{};
};

Elapsed elapsed(const Window& from, const Window& to);

// A lower and an upper end: too fast is as wrong as too slow.
struct Bounds {
  Duration at_least{};
  Duration at_most{};
};

enum class Inside { Yes, No, Unclear };

Inside judge(const Elapsed& measured, const Bounds& bounds);

std::string format_bounds(const Bounds& bounds);      // "76.0 s to 140.0 s"
std::string format_elapsed(const Elapsed& measured);  // "91.2 s to 91.4 s"

}  // namespace splitsite
