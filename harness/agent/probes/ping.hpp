// One series of ICMP echo requests. The kernel stamps what arrives, so a busy node does not make
// the network look slow.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

struct PingPlan {
  sockaddr_in to{};
  std::size_t count = 1;
  Duration interval{};
  Duration timeout{};  // after the last request
};

class Ping : public std::enable_shared_from_this<Ping> {
 public:
  using RoundTrips = std::vector<std::optional<std::chrono::microseconds>>;  // by request
  using OnDone = std::function<void(const RoundTrips&)>;

  // Runs by itself and ends with one call of `on_done`. Needs CAP_NET_RAW. `loop` outlives it.
  static Result<void> start(EventLoop& loop, const PingPlan& plan, OnDone on_done);

 private:
  Ping(EventLoop& loop, const PingPlan& plan, UniqueFd socket, OnDone on_done);
  void send_next();
  void receive();
  void end();

  EventLoop& loop_;
  PingPlan plan_;
  UniqueFd socket_;
  OnDone on_done_;
  std::uint16_t id_;
  std::vector<std::chrono::nanoseconds> sent_;  // CLOCK_REALTIME, as the kernel's stamps
  RoundTrips round_trips_;
  std::size_t answered_ = 0;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::agent
