// The host's part of the agent: its three witnesses wired to the truth they make up.
#pragma once

#include <string>

#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/host/host_truth.hpp"
#include "harness/agent/host/libvirt_events.hpp"
#include "harness/agent/host/sanlock_watch.hpp"
#include "harness/agent/host/vm_processes.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class HostPart {
 public:
  // `pid_folder`: libvirt's, with the QEMU pid files. `lockspace`: the storage domain's name.
  HostPart(EventLoop& loop, const std::string& pid_folder, const std::string& lockspace,
           EventLog& events);

  void add_to(Dispatcher& dispatcher);

 private:
  HostTruth truth_;
  SanlockWatch sanlock_;
  VmProcesses processes_;
  LibvirtEvents libvirt_;
};

}  // namespace splitsite::agent
