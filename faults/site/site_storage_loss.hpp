// Fault "site-storage-loss": the storage node of a site loses power, its hosts stay and have only
// the path to the other site's half of the LUN.
#pragma once

#include "faults/site/outage.hpp"

namespace splitsite {

class SiteStorageLoss final : public Outage {
 public:
  explicit SiteStorageLoss(SiteId site, Comeback comeback = {})
      : Outage(std::move(site), comeback) {}

  std::string name() const override { return "site-storage-loss"; }
  std::string describe() const override;

 private:
  std::vector<NodeId> victims(const LabConfig& config) const override;
};

CatalogueEntry site_storage_loss_entry();

}  // namespace splitsite
