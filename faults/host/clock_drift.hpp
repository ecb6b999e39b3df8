// Fault "clock-drift": a node's clock runs fast or slow.
#pragma once

#include "faults/host/clock_reading.hpp"
#include "faults/host/node_fault.hpp"

namespace splitsite {

class ClockDrift final : public NodeFault {
 public:
  // Parts per million, negative for a clock that runs slow.
  ClockDrift(NodeId node, int ppm)
      : NodeFault(std::move(node), "clock.drift", "clock"), ppm_(ppm) {}

  std::string name() const override { return "clock-drift"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  struct Rate {
    double ppm = 0;
    ClockReading end;
  };
  nlohmann::json arguments() const override { return {{"ppm", ppm_}}; }
  Result<void> measure(const Bench& bench) override;
  Result<Rate> rate(const Bench& bench, const NodeId& node) const;
  Result<Rate> runs_at(const Bench& bench, const NodeId& node, double expected,
                       const std::string& claim) const;
  Result<std::string> control_keeps_time(const Bench& bench) const;

  int ppm_;
  Rate before_;
  Rate control_before_;
};

CatalogueEntry clock_drift_entry();

}  // namespace splitsite
