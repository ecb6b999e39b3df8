// The tables by which netem draws a packet's delay: each entry a deviation from the delay in units
// of 1/8192 of the jitter, picked with equal chance. Computed here, after the same distributions as
// the files that come with tc, so that no file is needed. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/ports/links.hpp"

namespace splitsite::netlink {

// Of the shape, computed once. Uniform has one too: a leaf cannot forget the table it was given, so
// going back to an even spread needs an even table.
const std::vector<std::int16_t>& delay_table(DelayShape shape);

}  // namespace splitsite::netlink
