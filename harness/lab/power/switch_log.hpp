// The file in which a lab's power controllers write down what they switched, a line of JSON each,
// so that a run's history knows it: nobody else sees it happen at the time it happens.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::power {

// Instants of this machine's steady clock, which all its processes share.
struct Switched {
  NodeId host;
  bool on = false;
  Instant began{};
  Instant ended{};
};

std::string to_line(const Switched& switched);
Result<Switched> from_line(std::string_view line);

// Appends one line in one write, so that lines of several writers never mix.
Result<void> append(const std::string& path, const Switched& switched);

}  // namespace splitsite::power
