// Hears what the guests say (UDP) and turns it into events: guest.start, guest.ack, guest.error.
// Runs on the third site's witness node, which no fault of the two sites takes down.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "harness/agent/collector/ack_merger.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "topologies/guest/datagram.hpp"

namespace splitsite::agent {

class Collector {
 public:
  // Port 0: any. `loop` and `events` outlive the collector.
  static Result<std::unique_ptr<Collector>> listen(EventLoop& loop, std::uint16_t port,
                                                   EventLog& events);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  std::uint16_t port() const;

 private:
  struct Trouble {
    std::uint64_t boot = 0;
    std::string error;
    NodeTime told{};
  };

  Collector(EventLoop& loop, UniqueFd socket, EventLog& events);
  void receive();
  bool hear(const guest::Datagram& datagram);  // whether the sender waits for an answer
  void started(const guest::StartReport& report);
  void failed(const guest::ErrorReport& report);
  void tell(const std::vector<AckRange>& ranges);
  void flush();

  EventLoop& loop_;
  UniqueFd socket_;
  EventLog& events_;
  AckMerger acks_;
  std::map<std::string, std::uint64_t> boots_;  // the start told last, by VM
  std::map<std::string, Trouble> troubles_;
  EventLoop::TimerId flush_timer_ = 0;
};

}  // namespace splitsite::agent
