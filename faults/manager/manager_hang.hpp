// Fault "manager-hang": the Manager's process is there and does nothing. Its clients' connections
// are still accepted by the kernel, and then nobody says anything.
#pragma once

#include "faults/manager/manager_fault.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ManagerHang final : public ManagerFault {
 public:
  explicit ManagerHang(const NodeId& manager);

  std::string name() const override { return "manager-hang"; }
  std::string describe() const override { return "the Manager hangs"; }
  nlohmann::json parameters() const override { return nlohmann::json::object(); }

 private:
  Result<std::string> seen_by_clients(const Bench& bench, const ManagerSeat& seat) const override;
};

CatalogueEntry manager_hang_entry();

}  // namespace splitsite
