// Fault "host-power-loss": one host loses its power at once and stays without it.
#pragma once

#include "faults/host/host_down.hpp"

namespace splitsite {

class HostPowerLoss final : public HostDown {
 public:
  explicit HostPowerLoss(NodeId host) : HostDown(std::move(host)) {}

  std::string name() const override { return "host-power-loss"; }
  std::string describe() const override { return "power loss of " + host().str(); }
  Result<Plan> plan(const LabConfig&) const override { return Plan{PowerOff{host()}}; }
  Result<Proof> prove(const Bench& bench) const override;
};

CatalogueEntry host_power_loss_entry();

}  // namespace splitsite
