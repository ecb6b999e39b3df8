// Who the fencing scenarios are about.
#pragma once

#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

// The highly available VM of the primary site that has no lease. Unavailable when there is none:
// the topology is one without power management.
Result<VmId> unleased_ha_vm(const LabConfig& config);

}  // namespace splitsite
