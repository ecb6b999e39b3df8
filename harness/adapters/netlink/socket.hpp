// A netlink socket: sole ownership, the kernel's explanations switched on, reads that end.
#pragma once

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"

struct nl_sock;

namespace splitsite::netlink {

struct SocketPolicy {
  using Type = nl_sock*;
  static Type empty() { return nullptr; }
  static void close(Type socket) noexcept;
};
using Socket = UniqueHandle<SocketPolicy>;

// `protocol` is NETLINK_ROUTE, NETLINK_NETFILTER, … Belongs to the namespace it is opened in, also
// after a later setns(). Unavailable if the kernel has no such protocol.
Result<Socket> open_socket(int protocol);

}  // namespace splitsite::netlink
