// One attempt to open a TCP connection, closed at once if it succeeds.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

struct TcpOutcome {
  std::string outcome;  // "connected", "refused", "timed_out", "unreachable"
  std::chrono::microseconds took{};
};

// Calls `on_done` once, perhaps before it returns. `loop` outlives the attempt.
Result<void> probe_tcp(EventLoop& loop, const sockaddr_in& to, Duration timeout,
                       std::function<void(const TcpOutcome&)> on_done);

}  // namespace splitsite::agent
