#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario inter_site_latency();

}  // namespace splitsite
