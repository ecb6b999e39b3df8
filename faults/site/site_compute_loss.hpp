// Fault "site-compute-loss": every host of a site loses power, its storage node stays. The hosts of
// the other site keep both paths to the LUN.
#pragma once

#include "faults/site/outage.hpp"

namespace splitsite {

class SiteComputeLoss final : public Outage {
 public:
  explicit SiteComputeLoss(SiteId site, Comeback comeback = {})
      : Outage(std::move(site), comeback) {}

  std::string name() const override { return "site-compute-loss"; }
  std::string describe() const override;

 private:
  std::vector<NodeId> victims(const LabConfig& config) const override;
};

CatalogueEntry site_compute_loss_entry();

}  // namespace splitsite
