// Fault "host-shutdown": a host is shut down in an orderly way by somebody who did not ask the
// Manager: its guests are ended, its leases released, and it stays off.
#pragma once

#include "faults/host/host_down.hpp"

namespace splitsite {

class HostShutdown final : public HostDown {
 public:
  explicit HostShutdown(NodeId host) : HostDown(std::move(host)) {}

  std::string name() const override { return "host-shutdown"; }
  std::string describe() const override { return "clean shutdown of " + host().str(); }
  Result<Plan> plan(const LabConfig& config) const override;
  Result<Proof> prove(const Bench& bench) const override;
};

CatalogueEntry host_shutdown_entry();

}  // namespace splitsite
