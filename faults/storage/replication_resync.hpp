// Fault "replication-resync": one copy is behind and its resync does not get on, as after an outage
// of its disk: by what was written meanwhile, or by all of it. Healed by letting the resync run to
// its end.
#pragma once

#include "faults/storage/disk.hpp"
#include "faults/storage/replication_steps.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class ReplicationResync final : public Fault {
 public:
  // Partial: the disk is away for `outage`. Zero: full.
  ReplicationResync(ReplicaParties parties, Duration outage)
      : parties_(std::move(parties)), outage_(outage) {}

  std::string name() const override { return "replication-resync"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  ReplicaParties parties_;
  Duration outage_;
};

CatalogueEntry replication_resync_entry();

}  // namespace splitsite
