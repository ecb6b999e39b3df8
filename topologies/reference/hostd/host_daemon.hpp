// The host daemon without its sockets: the answer to every verb of the RPC, and the threads that
// keep watch. Built from ports, so that it runs the same on a node and in a test on fakes.
#pragma once

#include <functional>
#include <string>

#include "topologies/reference/hostd/fence_service.hpp"
#include "topologies/reference/hostd/ports.hpp"
#include "topologies/reference/hostd/spm_service.hpp"
#include "topologies/reference/hostd/storage_monitor.hpp"
#include "topologies/reference/hostd/vm_service.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference::hostd {

class HostDaemon {
 public:
  // Starts to watch at once. `end_daemon` is called when only a new process can go on.
  HostDaemon(const HostSettings& settings, const Ports& ports, Clock& clock,
             std::function<void(std::string)> end_daemon);

  // Any number of threads at a time. Answers within seconds, whatever libvirt and storage do.
  rpc::Reply handle(const rpc::Request& request);

 private:
  rpc::Reply stats();
  rpc::Reply set_ha_maintenance(const rpc::SetHaMaintenance& request);

  HostSettings settings_;
  Machine& machine_;
  HaAgent& ha_agent_;
  VmService vms_;
  SpmService spm_;
  StorageMonitor storage_;
  FenceService fencing_;
  // Last: they use all of the above, and are joined first.
  Periodic refresh_;
  Periodic lockspace_;
  Periodic storage_check_;
  Periodic pause_check_;
  Periodic spm_watchdog_;
};

}  // namespace splitsite::reference::hostd
