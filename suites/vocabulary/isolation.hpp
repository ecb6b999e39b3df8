// The story that two scenarios share: the primary site is cut off from all others while its storage
// lives, long enough for the Manager to try the restart; then the cut is healed.
#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Result<void> play_isolation(Stage& stage);

}  // namespace splitsite
