// The agent's line to the machine outside: a virtio-serial port in a node, a unix socket in tests.
// Lines in, lines out, one reader at a time, who may vanish at any moment and come back.
//
// Rules: never blocks; never spins while nobody is there (a port without a reader reports a hang-up
// for ever, so descriptors are watched for changes only); what a reader did not take before it went
// away is dropped, because a half line is no use to the next one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/event_loop/line_buffer.hpp"

namespace splitsite::agent {

class Channel {
 public:
  static constexpr std::size_t longest_line = 64 * 1024;
  static constexpr std::size_t most_unsent = 4 * 1024 * 1024;

  struct Handlers {
    std::function<void(const std::string& line)> line;
    std::function<void()> oversized_line;  // one was dropped
    std::function<void()> reader_came;
  };

  // `where`: the name of a virtio-serial port ("org.splitsite.agent.0"), looked up in
  // /dev/virtio-ports and /sys/class/virtio-ports; the path of a character device; or any other
  // path, on which a unix socket is made. A device that is not there yet is tried again. `loop`
  // outlives the channel.
  Channel(EventLoop& loop, std::string where, Handlers handlers);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Starts looking for a reader. An error only when the place can never work.
  Result<void> open();
  // Queues `line` and sends what the reader takes now. Dropped when nobody is there, or when the
  // reader has left `most_unsent` bytes waiting.
  void send(std::string_view line);

 private:
  Result<void> open_port(const std::string& device);
  Result<void> open_listener();
  void retry_later();
  void accept_reader();
  void adopt(UniqueFd stream);
  void on_stream();
  void read_all(bool hung_up_before);
  void reader_here();
  void wait_for_confirmation();
  void write_some();
  void reader_gone();
  bool is_socket() const { return static_cast<bool>(listener_); }

  EventLoop& loop_;
  std::string where_;
  Handlers handlers_;
  UniqueFd listener_;  // sockets only
  UniqueFd stream_;
  LineBuffer lines_;
  std::string unsent_;
  bool reader_present_ = false;
  EventLoop::TimerId retry_ = 0;
  EventLoop::TimerId grace_ = 0;  // runs while a reader has spoken but is not confirmed
};

// The device of the named virtio-serial port below `dev` and `sys`; empty if there is none.
std::string find_virtio_port(const std::string& name, const std::string& dev = "/dev",
                             const std::string& sys = "/sys/class/virtio-ports");

}  // namespace splitsite::agent
