// Fault "nic-down": one network card of a node is down, as when its cable is pulled: the node is
// alive, runs its guests, and is heard by nobody on that network.
#pragma once

#include <optional>
#include <string>

#include "faults/link/observers.hpp"
#include "faults/measure/open_flow.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class NicDown final : public Fault {
 public:
  // `device` is one of the node's cards with an address.
  NicDown(NodeId node, std::string device);

  std::string name() const override { return "nic-down"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  // Over the network the card is on.
  Result<Observation> observation(const LabConfig& config) const;

  NodeId node_;
  std::string device_;
  std::optional<OpenFlow> to_node_;  // opened before the fault
  std::optional<OpenFlow> from_node_;
};

CatalogueEntry nic_down_entry();

}  // namespace splitsite
