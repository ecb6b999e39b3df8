// How many packets must be counted, and when a count contradicts a percentage: exact binomial
// tails with a risk of one in a million either way, so that no proof is right or wrong by luck.
#pragma once

#include <string>
#include <vector>

#include "harness/time/clock.hpp"

namespace splitsite {

inline constexpr double kRisk = 1e-6;

struct Counted {
  int hits = 0;
  int of = 0;
};
std::string describe(const Counted& counted);  // "31 of 1000 (3.1 %)"

// The chance of so few, or so many, hits when each packet is hit with `percent`, independently.
double chance_of_at_most(const Counted& counted, double percent);
double chance_of_at_least(const Counted& counted, double percent);

// Contradicted: the chance of what was counted is below the risk.
bool too_few_for(const Counted& counted, double percent);
bool too_many_for(const Counted& counted, double percent);

// So many packets that an effect of this percentage cannot be missed, and stands apart from one of
// a tenth of it: 300 to 20000. Below 0.1 % twenty thousand are not enough.
int enough_packets(double percent);

// The chance that, of two samples of the same thing, `later` is as far above `earlier` as it is:
// the exact rank test of Mann and Whitney. What is equal counts as not greater. 1 if one is empty.
double chance_of_greater(const std::vector<Duration>& earlier, const std::vector<Duration>& later);

// The chance that the lowest `lowest` of `of` + `others` like values are all among the `of`.
double chance_of_all_lowest(int lowest, int of, int others);

}  // namespace splitsite
