// Standing in front of a server that is running and knows nothing of it: a second listener at one
// of its addresses, which the kernel prefers to the server's own at every address. Needs no packet
// filter, no redirection and no other port; the server itself goes on listening and is reached
// behind us by any other address of the node, as 127.0.0.1.
#pragma once

#include <netinet/in.h>

#include <string>

#include "topologies/reference/api_proxy/sockets.hpp"

namespace splitsite::reference {

class Takeover {
 public:
  // In force when it returns: new connections to `at` come to listener(). The server's listener is
  // made to allow the second one (SO_REUSEPORT through a copy of its descriptor).
  // Unavailable: nobody listens there, or only at that very address.
  static Result<Takeover> begin(const sockaddr_in& at);
  // The listener is gone, the server's as it was, and connections come to it again.
  ~Takeover();
  Takeover(Takeover&&) = default;
  Takeover& operator=(Takeover&&) = delete;

  int listener() const { return listener_.get(); }
  int server() const { return server_.get(); }  // readable once the server has ended
  pid_t server_id() const { return server_id_; }

  // Ends the connections that clients have open with the server at that address, so that they come
  // back through us. Also those it has only now accepted: call it again from time to time.
  // Returns how many.
  int move_open_connections() const;

 private:
  Takeover(sockaddr_in at, pid_t server_id) : at_(at), server_id_(server_id) {}
  Result<void> share_port(bool shared) const;

  sockaddr_in at_;
  pid_t server_id_;
  std::uint64_t inode_ = 0;  // of the server's listener
  UniqueFd server_;
  UniqueFd listener_;  // ours
};

std::string describe(const sockaddr_in& at);  // "10.77.0.31:443"

}  // namespace splitsite::reference
