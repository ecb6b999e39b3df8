// The state of one DRBD 8.4 device, from the text of /proc/drbd. Pure.
// Names are DRBD's own: connection "Connected", "WFConnection", "StandAlone", "SyncTarget" …, role
// "Primary", disk "UpToDate", "Outdated", "Inconsistent", "DUnknown" …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/result.hpp"

namespace splitsite {

struct DrbdStatus {
  std::string connection = "Unconfigured";
  std::string role = "Unknown";
  std::string peer_role = "Unknown";
  std::string disk = "Unknown";
  std::string peer_disk = "DUnknown";
  bool suspended = false;  // I/O is frozen ("s" as first flag): writes neither fail nor complete
  // No resync runs while either is set.
  bool paused_here = false;     // "u", asked for on this node
  bool paused_by_peer = false;  // "p", asked for on the other
  std::uint64_t out_of_sync_kib = 0;

  // The same but for the amount out of sync, which changes with every write of a resync, and for
  // the pauses.
  bool same_state(const DrbdStatus& other) const;
  // Connected, and every byte is on both sides.
  bool both_up_to_date() const;
};

// A device the module does not know, or has not configured, is "Unconfigured". Invalid when the
// text is not DRBD 8.4's.
Result<DrbdStatus> parse_drbd_status(std::string_view proc_drbd, int minor = 0);

}  // namespace splitsite
