// SHE-1, AA-2, AA-3, AA-7: the primary site is lost with the self-hosted engine in it. The engine
// is restarted in the other site, and the VMs' failover follows it.
#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario engine_site_lost();

}  // namespace splitsite
