// A job for each command (fact 7.9): begun when the command was judged, ended when its work is done
// or cannot be done any more, forgotten after oVirt's cleanup times.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// After the command was judged. A refused command leaves a failed job whose validating step failed;
// one about something that does not exist leaves none. Puts the job's number into `reply`.
void begin_job(Change& change, const Command& command, CommandReply& reply);

// Looks at what open jobs wait for; after every step of the core.
void watch_jobs(Change& change);

// SucceededJobCleanupTimeInMinutes, FailedJobCleanupTimeInMinutes (0000_config.sql); on a tick.
void forget_old_jobs(Change& change);

}  // namespace splitsite::reference
