// The options of a fence agent as fence-agents' developers' guide has them: name=value lines on
// standard input. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::reference {

struct FenceOptions {
  std::string action = "reboot";  // the convention's default
  std::string address;            // "ip", or "ipaddr" as VDSM still writes it
  std::uint16_t ip_port = 7300;   // "ipport"
  std::string username;           // "username", "login"
  std::string password;           // "password", "passwd"
  std::string plug;               // "plug", "port"
};

// Lines that are empty, comments, or options of other agents are passed over, as the guide asks.
// ErrorKind::Invalid for a line that is no option, or a port that is no number.
Result<FenceOptions> read_fence_options(const std::string& input);

// What `metadata` prints.
std::string fence_metadata();

}  // namespace splitsite::reference
