// One HTTP/1.1 POST over one fresh TCP connection, bounded in time at each stage. Written out here
// and not left to a library because the Manager's rules hang on how exactly a host cannot be
// reached, and the client libraries at hand hide the socket's error.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <variant>

#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/input.hpp"

namespace splitsite::reference {

struct Endpoint {
  std::string address;  // IPv4, dotted
  std::uint16_t port = 0;
};

struct ExchangeLimits {
  Duration connect;  // vdsConnectionTimeout: a lost SYN must not wait for the kernel's minutes
  Duration answer;   // vdsHeartbeatInSeconds: from the connection to the last byte of the answer
};

struct ExchangeFailure {
  NetworkFailure kind = NetworkFailure::TimedOut;
  std::string why;
};

// The answer's body, whatever its status says. Asked to stop, it ends with TimedOut within 0.1 s.
std::variant<std::string, ExchangeFailure> post(const Endpoint& to, const std::string& path,
                                                const std::string& body,
                                                const ExchangeLimits& limits, Clock& clock,
                                                const std::stop_token& stop);

}  // namespace splitsite::reference
