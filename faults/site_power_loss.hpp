// Fault "site-power-loss": every host and the storage node of a site lose power at once, as when a
// breaker opens. Healed by powering them on again; proven healed when every node answers.
#pragma once

#include "harness/fault/fault.hpp"

namespace splitsite {

class SitePowerLoss final : public Fault {
 public:
  // `answers_within`: how long a node may take from power-on to its first answer.
  explicit SitePowerLoss(SiteId site, Duration answers_within = std::chrono::minutes(3));

  std::string name() const override { return "site-power-loss"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  SiteId site_;
  Duration answers_within_;
};

}  // namespace splitsite
