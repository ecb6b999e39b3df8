// What a netem leaf can be asked for, in the kernel's own units and back. Pure: no netlink here.
#pragma once

#include <cstdint>

#include "harness/core/result.hpp"
#include "harness/ports/links.hpp"

namespace splitsite::netlink {

// The kernel takes longer delays; on a link between two sites they are typing errors.
constexpr Duration longest_delay = std::chrono::seconds(60);

// Invalid, naming the parameter and its allowed range, if the kernel would refuse `impairment` or,
// worse, do something else: jitter without delay, or above it, is silently cut at zero.
Result<void> validate(const Impairment& impairment);

// Packets the leaf may hold. netem's own 1000 overflow at 240 Mbit/s and 50 ms, which is loss
// nobody asked for; this is room for 1 Gbit/s of full frames during the delay, and never little.
std::uint32_t limit_for(const Impairment& impairment);

// Probabilities are fractions of 2^32 - 1.
std::uint32_t probability_from_percent(double percent);
double percent_from_probability(std::uint32_t probability);

}  // namespace splitsite::netlink
