// Fault "site-power-loss": every host and the storage node of a site lose power at once, as when a
// breaker opens. Healed by powering them on again; proven healed when every node answers.
#pragma once

#include "faults/site/outage.hpp"

namespace splitsite {

class SitePowerLoss final : public Outage {
 public:
  explicit SitePowerLoss(SiteId site, Comeback comeback = {}) : Outage(std::move(site), comeback) {}

  std::string name() const override { return "site-power-loss"; }
  std::string describe() const override;

 private:
  std::vector<NodeId> victims(const LabConfig& config) const override;
};

CatalogueEntry site_power_loss_entry();

}  // namespace splitsite
