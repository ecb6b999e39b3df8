// A host that is talked to but not used (fact 3): why, and what follows at once.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// oVirt's NonOperationalReason, as far as this cluster has it. REST shows it as status_detail.
enum class NonOperational {
  StorageDomainUnreachable,
  TimeoutRecoveringFromCrash,
};

// The status, its event (522, 19), and an SPM loses the role: if it cannot be stopped, event 27
// says so and the status changes all the same (fact 1.6).
void set_non_operational(Change& change, HostState& host, NonOperational reason);

}  // namespace splitsite::reference
