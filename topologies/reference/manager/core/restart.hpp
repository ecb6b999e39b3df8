// What a Manager makes of its database when it starts again. Everything oVirt has in memory only is
// as at a first start: no IRS proxy, no failed attempts, no HA queue, the fence quarantine anew.
#pragma once

#include "topologies/reference/manager/core/input.hpp"

namespace splitsite::reference {

// `state`: initial_state() with the kept fields (core/persistence) put in from the database. Times
// in it that the database says to be after `now` are taken for `now`: the wall clock was set back.
// The calls are orders which were acknowledged and may never have left.
Outcome begin_again(ClusterState& state, Instant now);

}  // namespace splitsite::reference
