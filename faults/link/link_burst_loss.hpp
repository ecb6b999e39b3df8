// Fault "link-burst-loss": a link loses packets in bursts, after Gilbert and Elliott: a good state
// and a bad one, each with its own loss. Proven by how much is lost and by how many in a row.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkBurstLoss final : public LinkFault {
 public:
  LinkBurstLoss(LinkScope scope, const BurstLoss& bursts);

  std::string name() const override { return "link-burst-loss"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  bool connections_survive() const override;
};

// Packets lost in a row, on average.
double mean_run(const BurstLoss& bursts);

CatalogueEntry link_burst_loss_entry();

}  // namespace splitsite
