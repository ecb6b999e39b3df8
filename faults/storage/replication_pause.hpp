// Fault "replication-pause": one storage node holds back any resync. While both copies are whole
// nothing else changes; after an outage the copy that is behind stays behind.
#pragma once

#include "faults/storage/disk.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ReplicationPause final : public Fault {
 public:
  ReplicationPause(NodeId node, NodeId peer, NodeId host)
      : node_(std::move(node)), peer_(std::move(peer)), host_(std::move(host)) {}

  std::string name() const override { return "replication-pause"; }
  std::string describe() const override;
  nlohmann::json parameters() const override { return {{"node", node_.str()}}; }
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  NodeId node_;
  NodeId peer_;
  NodeId host_;  // of the peer's site: its I/O is the control
};

CatalogueEntry replication_pause_entry();

}  // namespace splitsite
