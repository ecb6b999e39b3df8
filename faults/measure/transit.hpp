// Delay of one direction by itself, from numbered datagrams, compared with what it was before the
// fault. The ends' clocks are aligned to a millisecond or so, hence tolerances of 2 ms and more;
// what needs to be exact takes the round trip. Load only adds, so the quick ones speak for the
// network.
#pragma once

#include <vector>

#include "faults/measure/way.hpp"

namespace splitsite {

// Of the values, the one that `share` (0 to 1) of them do not exceed. Zero of none.
Duration quantile(std::vector<Duration> values, double share);

struct Transits {
  Duration quickest{};
  Duration middle{};  // median
  Duration spread{};  // between the tenth and the ninetieth percentile
};
std::string describe(const Transits& transits);

// 200 datagrams, one each 5 ms. Refused if fewer than half arrive.
Result<Transits> measure_transits(const Bench& bench, const Way& way);
// Measured until two measurements agree on the quickest within `tolerance`, at most for ten
// seconds; the quickest and the least spread of them all.
Result<Transits> undisturbed_transits(const Bench& bench, const Way& way, Duration tolerance);

// Each returns what was measured, as a sentence for the proof.

// The way takes `delay` longer than before. Quicker disproves it at once, slower is measured again.
Result<std::string> delayed_by(const Bench& bench, const Way& way, const Transits& before,
                               Duration delay, Duration tolerance);
// The way takes between `delay` - 4 `jitter` and `delay` + 4 `jitter` longer, its median within one
// `jitter` of `delay`, and it spreads over at least `spread` more than before.
Result<std::string> scattered(const Bench& bench, const Way& way, const Transits& before,
                              Duration delay, Duration jitter, Duration spread, Duration tolerance);
// Takes no longer and spreads no more than before, within `tolerance`: for the other direction, for
// controls and for healing.
Result<std::string> not_delayed(const Bench& bench, const Way& way, const Transits& before,
                                Duration tolerance);

}  // namespace splitsite
