// Faults "storage-power-loss" and "storage-hang": a storage node loses its power, or stops where it
// stands with its clock, and with it one copy of the data and one path of every host. Healed when
// it answers again and both copies are up to date: after losing the arbitration it resets itself
// and comes back by way of a boot.
#pragma once

#include <optional>

#include "faults/measure/open_flow.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class StorageOutage final : public Fault {
 public:
  enum class Kind { PowerLoss, Hang };

  // `node` is one of two storage nodes.
  StorageOutage(Kind kind, NodeId node) : kind_(kind), node_(std::move(node)) {}

  std::string name() const override;
  std::string describe() const override;
  nlohmann::json parameters() const override { return {{"node", node_.str()}}; }
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  Kind kind_;
  NodeId node_;
  std::optional<OpenFlow> flow_;  // from a host of the site
};

CatalogueEntry storage_power_loss_entry();
CatalogueEntry storage_hang_entry();

}  // namespace splitsite
