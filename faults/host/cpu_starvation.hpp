// Fault "cpu-starvation": real-time work takes a share of every CPU of a node from all the rest.
#pragma once

#include "faults/host/node_fault.hpp"

namespace splitsite {

class CpuStarvation final : public NodeFault {
 public:
  enum class Spare { RealTime, Nothing };

  CpuStarvation(NodeId node, int share_percent, Spare spare)
      : NodeFault(std::move(node), "cpu.starve", "CPUs"),
        share_percent_(share_percent),
        spare_(spare) {}

  std::string name() const override { return "cpu-starvation"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  nlohmann::json arguments() const override;
  Result<void> measure(const Bench& bench) override;
  // Of a CPU, as shares of 1, for a process at nice -20.
  double most_left() const;
  double least_left() const;
  Result<std::string> starved(const Bench& bench, const std::string& claim) const;
  Result<double> left(const Bench& bench, const NodeId& node) const;
  Result<std::string> more_than_left(const Bench& bench, const NodeId& node,
                                     const std::string& claim) const;

  int share_percent_;
  Spare spare_;
  double before_ = 1;  // what the sample got, as a share of a CPU
};

CatalogueEntry cpu_starvation_entry();

}  // namespace splitsite
