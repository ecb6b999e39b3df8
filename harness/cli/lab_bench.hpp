// Everything faults need in a lab that is up, for commands that play no scenario: the agents'
// links, nodes and probes under one link owner.
#pragma once

#include "harness/fault/fault.hpp"
#include "harness/lab/lab.hpp"
#include "harness/stage/agent_nodes.hpp"
#include "harness/stage/agent_ports.hpp"
#include "harness/stage/agent_prober.hpp"

namespace splitsite::cli {

class LabBench {
 public:
  // The lab outlives the bench.
  explicit LabBench(Lab& lab, const OnLifted& on_lifted = {})
      : lab_(lab),
        links_(lab.agents(), lab.config(), on_lifted),
        owner_(links_),
        nodes_(lab.agents(), on_lifted),
        prober_(lab.agents(), lab.config()) {}

  Bench bench(std::stop_token stop) {
    return Bench{lab_.config(), lab_.power(), links_,         owner_,
                 nodes_,        prober_,      steady_clock(), std::move(stop)};
  }
  AgentLinks& links() { return links_; }

  // Waits until the agents of these nodes answer; the error names the first that does not.
  Result<void> meet(const std::vector<NodeId>& nodes, Duration bound, std::stop_token stop);
  // Every node's.
  Result<void> meet_all(std::stop_token stop, Duration bound = std::chrono::seconds(20));
  // The wan node's only, through whom links are healed: others may have no power.
  Result<void> meet_wan(std::stop_token stop);

 private:
  Lab& lab_;
  AgentLinks links_;
  LinkOwner owner_;
  AgentNodes nodes_;
  AgentProber prober_;
};

}  // namespace splitsite::cli
