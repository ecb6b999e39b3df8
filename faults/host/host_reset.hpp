// Fault "host-reset": somebody presses a host's reset button. It boots anew by itself.
#pragma once

#include "faults/host/host_down.hpp"

namespace splitsite {

class HostReset final : public HostDown {
 public:
  explicit HostReset(NodeId host) : HostDown(std::move(host)) {}

  std::string name() const override { return "host-reset"; }
  std::string describe() const override { return "reset of " + host().str(); }
  Result<Plan> plan(const LabConfig&) const override { return Plan{PowerReset{host()}}; }
  Result<Proof> prove(const Bench& bench) const override;
};

CatalogueEntry host_reset_entry();

}  // namespace splitsite
