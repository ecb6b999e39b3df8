// One path of a host to the LUN, from the session to the disk it makes, and whether the portal it
// leads to takes new connections.
#pragma once

#include <string>

#include "harness/fault/fault.hpp"

namespace splitsite {

struct HostPath {
  std::string session;  // "LOGGED_IN"
  std::string disk;     // "sda"; empty while there is none
  bool in_use = false;  // by multipath

  bool whole() const { return session == "LOGGED_IN" && !disk.empty() && in_use; }
};

std::string describe(const HostPath& path);  // "sda LOGGED_IN, in use"

// Refused if the host has no session to that portal.
Result<HostPath> read_path(const Bench& bench, const NodeId& host, const std::string& portal);

// "connected", "refused", "unreachable" or "timed_out", given up after a second.
Result<std::string> knock(const Bench& bench, const NodeId& host, const std::string& portal);

// The path is whole and the portal takes a new connection, within `bound`; as a sentence.
Result<std::string> path_is_whole(const Bench& bench, const NodeId& host, const std::string& portal,
                                  Duration bound);

}  // namespace splitsite
