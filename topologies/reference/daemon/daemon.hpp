// What every daemon of the reference cluster does the same way: how it is told to end, and what it
// calls the node it runs on.
#pragma once

#include <signal.h>

#include <string>

#include "harness/time/clock.hpp"

namespace splitsite::reference {

// SIGTERM and SIGINT, which end a daemon, are only ever waited for: blocked in the thread that
// makes this and in all that are made later, so it comes before the first of them. SIGPIPE is
// ignored, a peer that is gone is an error of the write.
class EndSignals {
 public:
  EndSignals();
  // Returns the number of the signal that came, however long that takes.
  int wait() const;
  // True when one came within `time`.
  bool wait_for(Duration time) const;

 private:
  sigset_t set_{};
};

// The node's own name, as the lab's description has it.
std::string host_name();

}  // namespace splitsite::reference
