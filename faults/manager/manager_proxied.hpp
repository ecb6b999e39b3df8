// What the faults of the Manager's API share: a proxy that stands before it in the Manager's node,
// seen by clients and not by the Manager, which goes on deciding.
#pragma once

#include <optional>

#include "faults/manager/api_seen.hpp"
#include "faults/measure/open_flow.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class ManagerProxied : public Fault {
 public:
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 protected:
  explicit ManagerProxied(const NodeId& manager) : manager_(manager) {}

  // For the agent's change "api.proxy".
  virtual nlohmann::json treatment() const = 0;
  virtual std::string claim() const = 0;  // "answers come 500 ms later"
  // What clients see while the fault is in force, as a sentence; not proven if they see another.
  virtual Result<std::string> seen_by_clients(const Bench& bench,
                                              const ManagerSeat& seat) const = 0;
  // Whether these answers are as they were before.
  virtual bool as_before(const ApiAnswers& now) const { return all_good(now); }
  const ApiAnswers& before() const { return before_; }

 private:
  Result<std::string> open_connections_ended(const Bench& bench, const ManagerSeat& seat) const;
  Result<std::string> manager_itself(const Bench& bench, const ManagerSeat& seat) const;

  NodeId manager_;
  ApiAnswers before_;
  std::optional<OpenFlow> open_;  // with the API, since just before the fault
};

}  // namespace splitsite
