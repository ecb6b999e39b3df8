// stream.open, stream.send, stream.heard, stream.clock; flow.open, flow.exchange, flow.close:
// traffic between two nodes for proofs of faults, each direction and each connection by itself. The
// results come by the agents' own channels, which no fault touches.
#pragma once

#include <memory>

#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/probes/echo_service.hpp"
#include "harness/agent/probes/flows.hpp"
#include "harness/agent/probes/stream_sinks.hpp"

namespace splitsite::agent {

class Traffic {
 public:
  // Listens on `echo_port` (0: any); if that cannot be, tells so by the event echo.failed, and the
  // rest works all the same. Both outlive this.
  Traffic(EventLoop& loop, std::uint16_t echo_port, EventLog& events);

  void add_to(Dispatcher& dispatcher);  // which does not outlive this
  std::uint16_t echo_port() const { return echo_ ? echo_->port() : std::uint16_t{0}; }

 private:
  EventLoop& loop_;
  Flows flows_;
  StreamSinks sinks_;
  std::unique_ptr<EchoService> echo_;
};

}  // namespace splitsite::agent
