// What the faults that break the Manager itself share: a fault of its process or of its network,
// which knows how to prove itself, and beside it what the clients of the API then see.
#pragma once

#include <memory>
#include <utility>

#include "faults/manager/api_seen.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class ManagerFault : public Fault {
 public:
  Result<Plan> plan(const LabConfig& config) const override { return inner_->plan(config); }
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 protected:
  ManagerFault(const NodeId& manager, std::unique_ptr<Fault> inner)
      : manager_(manager), inner_(std::move(inner)) {}

  // What clients see while the fault is in force, as a sentence; not proven if they see another.
  virtual Result<std::string> seen_by_clients(const Bench& bench,
                                              const ManagerSeat& seat) const = 0;

 private:
  NodeId manager_;
  std::unique_ptr<Fault> inner_;
};

}  // namespace splitsite
