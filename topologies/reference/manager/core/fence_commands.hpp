// The hosts' action `fence` (fact 7.3): what is refused, and what begins.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

CommandReply fence_host(Change& change, const FenceHost& command);

}  // namespace splitsite::reference
