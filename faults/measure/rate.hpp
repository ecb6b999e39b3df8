// How much one direction carries, and for which share of the time it carries anything.
#pragma once

#include <cstdint>

#include "faults/measure/way.hpp"

namespace splitsite {

// Each returns what was measured, as a sentence for the proof.

// A burst of datagrams arrives at `bits_per_second`, or at no less than six tenths of it: the lab's
// own traffic has its share of the limit. Frames are counted whole, as the kernel's limiter does.
// Faster by more than `tolerance_percent` disproves it at once, slower is measured again.
Result<std::string> carries(const Bench& bench, const Way& way, std::uint64_t bits_per_second,
                            double tolerance_percent = 15);
// The same burst arrives at least half as fast again as `bits_per_second`: for healing and for
// controls. An emulated node sends some 20 Mbit/s; a limit above ten cannot be told from that.
Result<std::string> carries_more_than(const Bench& bench, const Way& way,
                                      std::uint64_t bits_per_second);

// The way is dead for `down` of every `period`, seen over four periods: the share of what is lost,
// and how often it was.
Result<std::string> flaps(const Bench& bench, const Way& way, const Flapping& flapping);
// Nothing like it is seen over two periods.
Result<std::string> does_not_flap(const Bench& bench, const Way& way, const Flapping& flapping);

}  // namespace splitsite
