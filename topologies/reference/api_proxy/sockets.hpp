// What the kernel knows of TCP sockets at one port, who has them open, and copies of another
// process's descriptors.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"

namespace splitsite::reference {

struct TcpSocket {
  in_addr address{};  // its own end
  bool listens = false;
  std::uint64_t inode = 0;
};

// Those whose own port is `port`, of /proc/net/tcp or a file like it: listening or established.
std::vector<TcpSocket> tcp_sockets(std::uint16_t port, const std::string& table = "/proc/net/tcp");

struct OpenDescriptor {
  int number = -1;
  std::uint64_t inode = 0;
};
// The sockets a process has open; none if it is gone.
std::vector<OpenDescriptor> sockets_of(pid_t process);

// A process, other than this one, that has the socket open.
std::optional<pid_t> owner_of(std::uint64_t inode);

// A copy of the other process's descriptor: the same open socket. Needs the right to trace it.
Result<UniqueFd> copy_descriptor(int process, int number);  // `process`: from open_process
Result<UniqueFd> open_process(pid_t process);               // readable once it has ended

}  // namespace splitsite::reference
