// The witness on the network: a TCP listener in an event loop, JSON lines in and out. One thread,
// so requests are decided strictly one after the other; a client that stalls delays nobody.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/event_loop/line_buffer.hpp"
#include "topologies/reference/witness/state_file.hpp"

namespace splitsite::reference {

class WitnessServer {
 public:
  // Loads the state and listens on `address`:`port` (port 0: any). `loop` outlives the server.
  static Result<std::unique_ptr<WitnessServer>> listen(EventLoop& loop, const std::string& address,
                                                       std::uint16_t port, StateFile file);
  ~WitnessServer();
  WitnessServer(const WitnessServer&) = delete;
  WitnessServer& operator=(const WitnessServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  struct Client {
    UniqueFd socket;
    LineBuffer lines;
    EventLoop::TimerId idle = 0;
  };

  WitnessServer(EventLoop& loop, UniqueFd listener, std::uint16_t port, StateFile file,
                WitnessState state);
  void accept_clients();
  void serve(int fd);
  std::string obey(const std::string& line);
  void drop(int fd);

  EventLoop& loop_;
  UniqueFd listener_;
  std::uint16_t port_;
  StateFile file_;
  WitnessState state_;
  std::map<int, Client> clients_;
};

}  // namespace splitsite::reference
