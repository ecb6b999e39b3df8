// SAM-1: a standalone Manager that is lost with the primary site leaves nobody to start the VMs in
// the other one.
#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario manager_in_primary_lost();

}  // namespace splitsite
