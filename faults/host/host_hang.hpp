// Fault "host-hang": a host stops in the middle of everything and later goes on as if no time had
// passed: the one fault after which a writer that was given up can come back.
#pragma once

#include "faults/host/host_down.hpp"

namespace splitsite {

class HostHang final : public HostDown {
 public:
  explicit HostHang(NodeId host) : HostDown(std::move(host)) {}

  std::string name() const override { return "host-hang"; }
  std::string describe() const override { return "hang of " + host().str(); }
  Result<Plan> plan(const LabConfig&) const override { return Plan{Suspend{host()}}; }
  Result<Proof> prove(const Bench& bench) const override;
  // Its watchdog may have reset it when it went on: that is a legal end.
  Result<Proof> prove_healed(const Bench& bench) const override;
};

CatalogueEntry host_hang_entry();

}  // namespace splitsite
