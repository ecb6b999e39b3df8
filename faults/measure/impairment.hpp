// What share of the packets of one direction is lost, damaged, sent twice or overtakes the others:
// counted over enough numbered datagrams, and judged by exact chances (chance.hpp).
#pragma once

#include "faults/measure/chance.hpp"
#include "faults/measure/way.hpp"

namespace splitsite {

enum class Mishap {
  Lost,
  Twice,
  Damaged  // or lost, because a bit of the header was hit; some must arrive damaged
};

// Each returns what was measured, as a sentence for the proof.

// Happens to `percent` of the packets, each by itself; up to `excess` percent more is the lab's
// own. Too few disproves it at once; too many is counted again, up to three times.
Result<std::string> happens(const Bench& bench, const Way& way, Mishap mishap, double percent,
                            double excess = 1);
// So rarely that `disproved` percent cannot be in force: for controls, and for healing with the
// percentage that was. Counted up to three times.
Result<std::string> hardly_happens(const Bench& bench, const Way& way, Mishap mishap,
                                   double disproved);

// `percent` of all packets is lost, give or take (runs vary more than single losses do), in runs of
// `mean_run` packets on average, which is at least 3 to stand apart from single losses.
Result<std::string> lost_in_runs(const Bench& bench, const Way& way, double percent,
                                 double mean_run);

// `percent` of the packets, at most 50, are not delayed by `delay` as the others are, and so arrive
// before some that were sent earlier. `delay` is at least 5 ms.
Result<std::string> some_overtake(const Bench& bench, const Way& way, double percent,
                                  Duration delay);
// Not one of 500 packets arrives before one sent earlier. Counted up to three times.
Result<std::string> keeps_order(const Bench& bench, const Way& way);

}  // namespace splitsite
