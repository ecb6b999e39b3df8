// Fault "manager-isolation": the Manager's node and the nodes of one site, or of both, no longer
// hear each other; the rest of the third site and the links between the sites live. The hosts run
// on, out of the Manager's sight.
#pragma once

#include <vector>

#include "faults/manager/manager_fault.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ManagerIsolation final : public ManagerFault {
 public:
  // `nodes`: those of the sites, resolved against the lab.
  ManagerIsolation(const NodeId& manager, std::vector<SiteId> sites, std::vector<NodeId> nodes,
                   Cut how);

  std::string name() const override { return "manager-isolation"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;

 private:
  Result<std::string> seen_by_clients(const Bench& bench, const ManagerSeat& seat) const override;

  std::vector<SiteId> sites_;
  Cut how_;
};

CatalogueEntry manager_isolation_entry();

}  // namespace splitsite
