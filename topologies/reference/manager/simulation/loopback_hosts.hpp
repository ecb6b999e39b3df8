// Simulated hosts behind real HTTP servers on 127.0.0.11 and up: what a real Manager can poll and
// order without a lab. Their time runs as fast as the caller says.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "topologies/reference/manager/simulation/host.hpp"

namespace splitsite::reference {

class LoopbackHosts {
 public:
  // Gives the lab's hosts their addresses, and its host daemons their port if it is 0 there. Serves
  // until it is destroyed. `faster`: simulated seconds in one real second.
  LoopbackHosts(LabConfig& lab, int faster);
  ~LoopbackHosts();
  LoopbackHosts(const LoopbackHosts&) = delete;
  LoopbackHosts& operator=(const LoopbackHosts&) = delete;

  // Its port is refused from now on.
  void power_off(const std::string& host);
  int copies(const VmId& vm);  // running QEMUs, wherever

 private:
  struct Daemon;
  Instant host_time() const;
  void serve(Daemon& daemon, const std::string& address, std::uint16_t& port);

  const int faster_;
  const Instant start_;
  std::mutex mutex_;
  SimulatedLockspace lockspace_;
  std::map<std::string, std::unique_ptr<Daemon>> daemons_;
};

}  // namespace splitsite::reference
