// A host that hangs is fenced by power management, and its HA VM without a lease restarts at once.
#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario hung_host_fenced();

}  // namespace splitsite
