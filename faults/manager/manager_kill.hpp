// Fault "manager-kill": the Manager's process dies at once, and stays away until the fault is
// healed or comes back as its node's supervision has it. The cluster runs on without decisions.
#pragma once

#include "faults/manager/manager_fault.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ManagerKill final : public ManagerFault {
 public:
  enum class Stays { Down, Respawned };
  ManagerKill(const NodeId& manager, Stays stays);

  std::string name() const override { return "manager-kill"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;

 private:
  Result<std::string> seen_by_clients(const Bench& bench, const ManagerSeat& seat) const override;

  Stays stays_;
};

CatalogueEntry manager_kill_entry();

}  // namespace splitsite
