// Fault "disk-full": nothing can be written any more to a node's own file system.
#pragma once

#include "faults/host/node_fault.hpp"

namespace splitsite {

class DiskFull final : public NodeFault {
 public:
  explicit DiskFull(NodeId node) : NodeFault(std::move(node), "disk.fill", "file system") {}

  std::string name() const override { return "disk-full"; }
  std::string describe() const override { return "full file system of " + node().str(); }
  nlohmann::json parameters() const override { return {{"node", node().str()}}; }
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  nlohmann::json arguments() const override { return nlohmann::json::object(); }
  Result<void> measure(const Bench& bench) override;
  // Both to a file that is new and to one that was open before the fault.
  Result<std::string> writes_end_as(const Bench& bench, const NodeId& node,
                                    const std::string& expected, const std::string& claim) const;
};

CatalogueEntry disk_full_entry();

}  // namespace splitsite
