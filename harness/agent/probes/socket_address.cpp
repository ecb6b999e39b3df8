#include "harness/agent/probes/socket_address.hpp"

#include <arpa/inet.h>

namespace splitsite::agent {

Result<sockaddr_in> address_in(Arguments& arguments) {
  SPLITSITE_TRY(const auto text, arguments.text("address"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text.c_str(), &address.sin_addr) != 1) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "understand the address",
                 .subject = text,
                 .why = "it is not an IPv4 address"};
  }
  return address;
}

Result<sockaddr_in> address_and_port_in(Arguments& arguments) {
  SPLITSITE_TRY(auto address, address_in(arguments));
  SPLITSITE_TRY(const auto port, arguments.whole("port", {.least = 1, .most = 65'535}));
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

}  // namespace splitsite::agent
