// What the guest is told on its kernel command line:
//   splitsite.vm=vm-1 splitsite.ip=10.77.0.101/24 splitsite.collector=10.77.0.32:7200
//   splitsite.write_interval_ms=200
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <string>
#include <string_view>

#include "harness/core/result.hpp"

namespace splitsite::guest {

struct Options {
  std::string vm;
  in_addr address{};
  int prefix_length = 0;
  sockaddr_in collector{};
  std::chrono::milliseconds write_interval{};
};

// Invalid when one of the four is missing or not of its form; names which.
Result<Options> parse_command_line(std::string_view command_line);

}  // namespace splitsite::guest
