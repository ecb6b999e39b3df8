// Sends one stream of numbered datagrams, without UDP checksums, so that what a link damages
// arrives and is seen instead of being dropped by the kernel.
#pragma once

#include <netinet/in.h>

#include <functional>
#include <memory>
#include <string>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

struct SendPlan {
  sockaddr_in to{};
  std::uint32_t stream = 0;
  int count = 1;
  Duration interval{};  // zero: as fast as the node can
  std::size_t payload = 64;
};

class StreamSender : public std::enable_shared_from_this<StreamSender> {
 public:
  using OnDone = std::function<void(int sent)>;

  // Runs by itself and ends with one call of `on_done`. What the kernel refuses to send counts as
  // sent: it is lost like any other. `loop` outlives it.
  static Result<void> start(EventLoop& loop, const SendPlan& plan, OnDone on_done);

 private:
  StreamSender(EventLoop& loop, const SendPlan& plan, UniqueFd socket, OnDone on_done);
  void round();
  bool send_next();  // false: the node's own queue is full
  int due() const;

  EventLoop& loop_;
  SendPlan plan_;
  UniqueFd socket_;
  OnDone on_done_;
  Instant begun_;
  int sent_ = 0;
};

}  // namespace splitsite::agent
