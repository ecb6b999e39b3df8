// One request to the kernel over netlink and its answer, shared by what this folder speaks: with
// the kernel's own explanation (extended acknowledgement) and never an endless wait.
#pragma once

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <functional>
#include <string>

#include "harness/adapters/netlink/socket.hpp"

namespace splitsite::netlink {

struct MessagePolicy {
  using Type = nl_msg*;
  static Type empty() { return nullptr; }
  static void close(Type message) noexcept { nlmsg_free(message); }
};
using Message = UniqueHandle<MessagePolicy>;

// What the kernel said to one request.
struct Answer {
  int error = 0;  // errno; 0: done
  std::string explanation;
};

// Sends `message` and reads until it is acknowledged, refused or all is dumped; `on_message` gets
// what is dumped. ETIME if the kernel says nothing for two seconds.
Answer exchange(nl_sock* socket, nl_msg* message,
                const std::function<void(nlmsghdr*)>& on_message = {});

// Sends `bytes`, several messages of one transaction whose sequence numbers are `first` to `last`,
// and reads until `last` is acknowledged or `first` or it is refused. The first refusal is told.
Answer exchange_batch(nl_sock* socket, const std::string& bytes, unsigned first, unsigned last);

// `answer` as an Error: EPERM is Refused, EINVAL Invalid, EEXIST Conflict, ENOENT Unavailable.
// `module` is what to load where the kernel does not know the kind of thing.
Error failure(const std::string& attempted, const std::string& subject, const Answer& answer,
              const std::string& module);

}  // namespace splitsite::netlink
