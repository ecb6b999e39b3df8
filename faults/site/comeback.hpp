// How a site's nodes, or links, come back when a fault is healed, and the parameters that say so.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/fault/parameters.hpp"

namespace splitsite {

struct Comeback {
  bool staggered = false;  // otherwise all at once
  Duration longest_gap = std::chrono::seconds(10);
  std::uint64_t seed = 1;

  bool operator==(const Comeback&) const = default;
};
constexpr Duration kShortestGap = std::chrono::milliseconds(500);

// "return", "return-gap" and "seed", as every site fault takes them, and their value.
std::vector<ParameterSpec> with_comeback(std::vector<ParameterSpec> own);
// A seed that nothing is drawn from is refused: what else a fault draws from it, it says here.
enum class SeedIsFor { Return, LossToo };
Result<Comeback> read_comeback(const ParameterReader& reader,
                               SeedIsFor seed_is_for = SeedIsFor::Return);

}  // namespace splitsite
