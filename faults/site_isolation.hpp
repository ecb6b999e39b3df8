// Fault "site-isolation": the site's links to every other site drop all packets silently, both
// ways. The replication links stay, so that the storage stays one: the site's VMs run on, unseen by
// the Manager. (Fact sheet 2.7, "mgmt lost, storage OK": never restarted, never duplicated.)
#pragma once

#include "harness/fault/fault.hpp"

namespace splitsite {

class SiteIsolation final : public Fault {
 public:
  explicit SiteIsolation(SiteId site);

  std::string name() const override { return "site-isolation"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  SiteId site_;
};

}  // namespace splitsite
