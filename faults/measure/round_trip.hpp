// Round trips as a proof needs them. Load only ever adds to a round trip, so the quickest of many
// is what the network takes; a quick one disproves a delay at once, slow ones are measured again
// within a deadline, because a busy moment must not decide.
#pragma once

#include "faults/measure/way.hpp"

namespace splitsite {

// What the way takes before a fault: asked until the quickest is within `tolerance` of what the
// links on it add now, for at most ten seconds; after that the quickest of all that time.
// Refused if nothing came back.
Result<Duration> undisturbed_round_trip(const Bench& bench, const Way& way, Duration tolerance);

// That the way takes `expected`, as a sentence with what was measured. Not proven as soon as an
// answer is quicker by more than `tolerance`, or if all are slower for ten seconds.
Result<std::string> takes(const Bench& bench, const Way& way, Duration expected,
                          Duration tolerance);

// That the way takes no longer than `before` and `tolerance`: for controls and for healing.
Result<std::string> takes_no_longer(const Bench& bench, const Way& way, Duration before,
                                    Duration tolerance);

}  // namespace splitsite
