// Sends back whatever it is sent, over TCP, in every node: what proofs connect to. It knows nothing
// of faults; a connection that is reset or silent is what the other end wants to see.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class EchoService {
 public:
  // Port 0: any. `loop` outlives the service. Conflict if the port is taken.
  static Result<std::unique_ptr<EchoService>> listen(EventLoop& loop, std::uint16_t port);
  ~EchoService();
  EchoService(const EchoService&) = delete;
  EchoService& operator=(const EchoService&) = delete;

  std::uint16_t port() const;
  std::size_t connections() const { return connections_.size(); }

 private:
  EchoService(EventLoop& loop, UniqueFd socket);
  void accept_all();
  void echo(int fd);
  void drop(int fd);

  EventLoop& loop_;
  UniqueFd socket_;
  std::map<int, UniqueFd> connections_;
};

}  // namespace splitsite::agent
