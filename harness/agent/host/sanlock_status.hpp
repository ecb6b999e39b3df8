// What sanlock's daemon answers to a status request, taken apart. Pure: bytes in, status out.
//
// Why the status and not the library's questions about one process: the daemon logs every question
// about a process it does not know, and only the status names all holders, the unexpected included.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::agent {

struct HeldLease {
  std::string lease;
  pid_t pid = 0;
  std::uint64_t version = 0;  // sanlock's lver: grows with every new owner

  auto operator<=>(const HeldLease&) const = default;
};

// One look at the sanlock daemon.
struct SanlockStatus {
  bool daemon = false;            // it answered
  bool joined = false;            // the lab's lockspace: host id held, being renewed
  std::uint64_t generation = 0;   // of this host in the lockspace
  std::vector<HeldLease> leases;  // on disk in this host's name: held, or not yet let go
};

// `answer`: all the daemon sends until it closes the connection. `lockspace`: the one looked at.
// Invalid when the answer is cut short or of another protocol.
Result<SanlockStatus> parse_sanlock_status(std::string_view answer, const std::string& lockspace);

}  // namespace splitsite::agent
