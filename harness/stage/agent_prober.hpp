// Measurements from inside a nested lab, by its agents.
#pragma once

#include "harness/lab/agents.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

class AgentProber final : public Prober {
 public:
  // Both outlive the prober.
  AgentProber(Agents& agents, const LabConfig& config) : agents_(agents), config_(config) {}

  Result<PingResult> ping(const NodeId& from, const std::string& address,
                          const PingPlan& plan) override;
  Result<StreamResult> stream(const StreamPlan& plan) override;
  Result<ConnectResult> connect(const NodeId& from, const NodeId& to, Network network,
                                Duration timeout) override;
  Result<ConnectResult> connect_to_port(const NodeId& from, const NodeId& to, Network network,
                                        int port, Duration timeout) override;
  Result<FlowId> open_flow(const NodeId& from, const NodeId& to, Network network) override;
  Result<FlowId> open_flow_to_port(const NodeId& from, const NodeId& to, Network network,
                                   int port) override;
  Result<FlowResult> exchange(const FlowId& flow, Duration timeout) override;
  Result<void> close_flow(const FlowId& flow) override;

 private:
  Result<Duration> clock_difference(const NodeId& from, const NodeId& to);

  Agents& agents_;
  const LabConfig& config_;
};

}  // namespace splitsite
