// PID 1 of a lab. Everything the lab runs is its descendant, so the kernel ends all of it when this
// process ends, however it ends.
#pragma once

#include "harness/core/handle.hpp"
#include "harness/lab/supervisor/containment.hpp"

namespace splitsite::supervisor {

// Builds the containment, starts libvirtd, then reaps until libvirtd ends; returns the exit code of
// the process. One line goes to `status`: "ready", or "failed <why>". `life` is a pipe whose other
// end only the supervisor holds: a byte on it says begin, its end is this process's end too.
int run_init(const ContainmentPlan& plan, UniqueFd status, UniqueFd life);

}  // namespace splitsite::supervisor
