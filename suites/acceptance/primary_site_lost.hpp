#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario primary_site_lost();
// In the lab with a clustered Manager, whose active node is lost with the site (SAM-2).
Scenario primary_site_lost_with_manager();
// In the lab with a self-hosted engine, which is lost with the site and restarted in the other one
// before the VMs' failover can follow it (SHE-1).
Scenario engine_site_lost();

}  // namespace splitsite
