// Jitter told from a lab's own restlessness. Two things must hold together: one way, the times
// scatter more than before, by a rank test; and round trips come back quicker than the delay
// without its jitter would allow. A lab that got busier can fake the first and never the second,
// because load only ever adds; one that got calmer the other way round.
#pragma once

#include <vector>

#include "faults/measure/way.hpp"

namespace splitsite {

// What a way is like before a fault.
struct Scatter {
  std::vector<Duration> spreads;      // one way, of each block of datagrams
  std::vector<Duration> round_trips;  // sorted
};

// 1200 datagrams one way and 600 pings, one each 5 ms. Refused if fewer than nine tenths arrive.
Result<Scatter> measure_scatter(const Bench& bench, const Way& way);

// Whether jitter that spreads its numbers like even ones of +-`jitter` could be told on this way at
// all. Unavailable, and says what could be, if the lab is too restless.
Result<void> can_tell_jitter(const Way& way, const Scatter& before, Duration jitter);

// That the way now has such jitter around a delay that adds `round_trip_added` to a round trip: as
// a sentence for the proof. Each test is wrong less than once in a million times.
Result<std::string> jitters(const Bench& bench, const Way& way, const Scatter& before,
                            Duration jitter, Duration round_trip_added);

}  // namespace splitsite
