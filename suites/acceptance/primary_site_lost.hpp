#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario primary_site_lost();
// In the lab with a clustered Manager, whose active node is lost with the site (SAM-2).
Scenario primary_site_lost_with_manager();

}  // namespace splitsite
