// What becomes of TCP connections on a link that is cut, or not, in either direction. Cut by drop,
// both ends wait for their timers; cut by reject, the end whose packets are refused is told at once
// and its peer may never learn of it.
#pragma once

#include <string>

#include "faults/measure/open_flow.hpp"
#include "faults/measure/way.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

// A way, and what the fault does for good to either direction of the link it crosses.
struct Meeting {
  Way way;
  Cut there = Cut::None;
  Cut back = Cut::None;
};

// Each returns what was measured, as a sentence.

// A connection made from the near end now.
Result<std::string> new_connection_as_cut(const Bench& bench, const Meeting& meeting);
// One that the near end opened before the fault.
Result<std::string> open_connection_as_cut(const Bench& bench, const Meeting& meeting,
                                           const OpenFlow& flow);

// One try, a second long.
Result<std::string> connects_at_once(const Bench& bench, const Way& way);

}  // namespace splitsite
