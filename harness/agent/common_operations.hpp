// hello, ping, events.since, clock.set: what every node answers whatever its role.
#pragma once

#include <string>

#include "harness/agent/boot_steps.hpp"
#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"

namespace splitsite::agent {

inline constexpr int protocol_version = 1;

struct Identity {
  std::string node;
  std::string role;     // "host", "storage", …; "none" without a lab description
  std::string boot_id;  // the kernel's, new with every start of the node
};

std::string kernel_boot_id();

// All three outlive the dispatcher.
void add_common_operations(Dispatcher& dispatcher, const Identity& identity, const BootSteps& steps,
                           const EventLog& events);

}  // namespace splitsite::agent
