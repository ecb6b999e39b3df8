// Ends a host's daemon so that the node's supervision starts it anew: what "service restart" is on
// a node whose daemons are kept by a loop. SIGTERM first, SIGKILL for a daemon that hangs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::reference {

struct DaemonRestart {
  std::string program;  // the file name of its executable: "splitsite-hostd"
  std::string proc = "/proc";
  Duration grace = std::chrono::seconds(2);   // from SIGTERM to SIGKILL
  Duration bound = std::chrono::seconds(10);  // from the signal to another process of that name
};

// Processes whose executable is called so.
std::vector<pid_t> processes_of(const DaemonRestart& restart);

// Returns when another process of that name runs. None running before is fine. TimedOut when none
// came: something holds it down.
Result<void> restart_daemon(const DaemonRestart& restart, Clock& clock);

}  // namespace splitsite::reference
