// Fault "memory-pressure": most of the memory a node has left is taken and never given back.
#pragma once

#include "faults/host/node_fault.hpp"

namespace splitsite {

class MemoryPressure final : public NodeFault {
 public:
  MemoryPressure(NodeId node, int percent)
      : NodeFault(std::move(node), "memory.press", "memory"), percent_(percent) {}

  std::string name() const override { return "memory-pressure"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  struct Memory {
    double total = 0;  // bytes, all
    double available = 0;
    double locked = 0;
  };
  nlohmann::json arguments() const override { return {{"percent", percent_}}; }
  Result<void> measure(const Bench& bench) override;
  Result<Memory> look(const Bench& bench, const NodeId& node) const;
  Result<std::string> still_available(const Bench& bench, const NodeId& node, const Memory& before,
                                      const std::string& claim) const;

  int percent_;
  Memory before_;
  Memory control_before_;
};

CatalogueEntry memory_pressure_entry();

}  // namespace splitsite
