// Fault "clock-step": a node's time of day jumps, and stays wrong.
#pragma once

#include "faults/host/clock_reading.hpp"
#include "faults/host/node_fault.hpp"

namespace splitsite {

class ClockStep final : public NodeFault {
 public:
  // `by` is negative for a clock that is set back.
  ClockStep(NodeId node, Duration by)
      : NodeFault(std::move(node), "clock.step", "clock"), by_(by) {}

  std::string name() const override { return "clock-step"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  nlohmann::json arguments() const override { return {{"by_ns", by_.count()}}; }
  Result<void> measure(const Bench& bench) override;
  Result<std::string> moved_by(const Bench& bench, const NodeId& node, const ClockReading& before,
                               Duration expected, const std::string& claim) const;

  Duration by_;
  ClockReading before_;
  ClockReading control_before_;
};

CatalogueEntry clock_step_entry();

}  // namespace splitsite
