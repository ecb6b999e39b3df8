// The arguments "address" and "port" of a request, as the kernel wants them.
#pragma once

#include <netinet/in.h>

#include "harness/agent/arguments.hpp"

namespace splitsite::agent {

// Invalid, naming the argument, unless it is an IPv4 address in dotted form.
Result<sockaddr_in> address_in(Arguments& arguments);
Result<sockaddr_in> address_and_port_in(Arguments& arguments);

}  // namespace splitsite::agent
