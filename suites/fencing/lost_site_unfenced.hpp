// A site that is lost as a whole is not fenced where the policy skips fencing while connectivity is
// broken: leases do the work, and what has none waits for its hosts.
#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario lost_site_unfenced();

}  // namespace splitsite
