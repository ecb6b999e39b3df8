// What the host's HA agent of a self-hosted engine last wrote about itself: its score, its state,
// the engine as it sees it.
#pragma once

#include <string>

#include "harness/agent/event_log.hpp"

namespace splitsite::agent {

// Null where no HA agent has written, or where what it wrote is no JSON object: a torn file is as
// good as none, the next one comes with its next loop.
Json read_ha_agent_state(const std::string& file);

}  // namespace splitsite::agent
