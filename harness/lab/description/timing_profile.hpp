// A timing profile as people write it: sanlock's I/O timeout, and oVirt's timers under their own
// option names and in their own units, or scaled as a whole. Counts are never scaled.
#pragma once

#include <string>

#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

// Invalid, with the message "could not load timing profile FILE:LINE:COL: …", for what the file
// says; Unavailable when it cannot be read.
Result<TimingConfig> load_timing_profile(const std::string& path);
Result<TimingConfig> parse_timing_profile(const std::string& path, const std::string& text);

}  // namespace splitsite
