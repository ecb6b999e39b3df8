// Fault "host-reboot": a host is rebooted in an orderly way, without the Manager being asked.
#pragma once

#include "faults/host/host_down.hpp"

namespace splitsite {

class HostReboot final : public HostDown {
 public:
  explicit HostReboot(NodeId host) : HostDown(std::move(host)) {}

  std::string name() const override { return "host-reboot"; }
  std::string describe() const override { return "clean reboot of " + host().str(); }
  Result<Plan> plan(const LabConfig& config) const override;
  Result<Proof> prove(const Bench& bench) const override;
};

CatalogueEntry host_reboot_entry();

}  // namespace splitsite
