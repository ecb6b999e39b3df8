// What a libvirt lifecycle event says about the CPUs of a VM. Pure.
#pragma once

#include <optional>
#include <string>

namespace splitsite::agent {

struct RunningChange {
  bool running = false;
  std::string reason;
};

// `event` and `detail` as in virConnectDomainEventCallback. Nothing for events that do not touch
// the CPUs (defined, undefined). An incoming migration is started, and does not run until it is
// resumed.
std::optional<RunningChange> running_change(int event, int detail);

}  // namespace splitsite::agent
