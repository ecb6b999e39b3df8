// Fault "manager-slow": every answer of the Manager's API comes late by a fixed time, while the
// Manager itself is as quick as ever.
#pragma once

#include "faults/manager/manager_proxied.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ManagerSlow final : public ManagerProxied {
 public:
  ManagerSlow(const NodeId& manager, Duration per_answer)
      : ManagerProxied(manager), per_answer_(per_answer) {}

  std::string name() const override { return "manager-slow"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;

 private:
  nlohmann::json treatment() const override;
  std::string claim() const override;
  Result<std::string> seen_by_clients(const Bench& bench, const ManagerSeat& seat) const override;
  bool as_before(const ApiAnswers& now) const override;

  Duration per_answer_;
};

CatalogueEntry manager_slow_entry();

}  // namespace splitsite
