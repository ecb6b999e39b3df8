// Host.fenceNode: this host as the proxy that speaks to another host's power controller, by a real
// fence agent and with the fencing policy looked at first (vdsm lib/vdsm/API.py fenceNode).
#pragma once

#include <string>

#include "topologies/reference/hostd/ports.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference::hostd {

// What a fence agent reads on its standard input: name=value, a line each.
std::string agent_input(const rpc::FenceNode& request);

class FenceService {
 public:
  // `domain` is the storage domain whose lockspace `leases` can see.
  FenceService(std::string domain, Leases& leases, FenceAgents& agents)
      : domain_(std::move(domain)), leases_(leases), agents_(agents) {}

  // Returns when the agent has ended, within its deadline.
  rpc::Reply fence(const rpc::FenceNode& request);

 private:
  bool is_alive_on_storage(const rpc::FenceNode& request);

  const std::string domain_;
  Leases& leases_;
  FenceAgents& agents_;
};

}  // namespace splitsite::reference::hostd
