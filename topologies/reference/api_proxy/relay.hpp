// One client's connection carried to a server and back, the server's bytes later by a fixed time.
#pragma once

#include <netinet/in.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::reference {

class Relay {
 public:
  // Begins at once. `on_end` is called once, last, from the loop: the relay may be destroyed in it.
  // If the server cannot be reached the client is reset, as by a server that is not there.
  Relay(EventLoop& loop, UniqueFd client, const sockaddr_in& server, Duration answers_later,
        std::function<void()> on_end);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  struct Chunk {
    Instant due;
    std::string bytes;  // empty: the sender has ended
  };
  // What goes from one end to the other.
  struct Flow {
    UniqueFd& from;
    UniqueFd& to;
    Duration later;
    std::deque<Chunk> chunks = {};
    std::size_t held = 0;  // bytes in `chunks`
    bool read_all = false;
    bool written_all = false;
  };

  void wake(std::uint32_t events);
  void read(Flow& flow);
  void write(Flow& flow);
  void settle();
  void end();
  bool due(const Flow& flow) const;
  std::uint32_t wanted(const UniqueFd& fd) const;

  EventLoop& loop_;
  UniqueFd client_;
  UniqueFd server_;
  std::function<void()> on_end_;
  Flow questions_;
  Flow answers_;
  bool connected_ = false;
  bool broken_ = false;
  EventLoop::TimerId timer_ = 0;
  Instant now_{};  // of the last settling
};

// The client sees a reset, not an orderly end.
void reset_connection(UniqueFd socket);

}  // namespace splitsite::reference
