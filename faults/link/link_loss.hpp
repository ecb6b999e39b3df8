// Fault "link-loss": a link loses a share of its packets at random. Proven by counting numbered
// datagrams in each direction until chance is ruled out.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkLoss final : public LinkFault {
 public:
  // With correlation a packet's fate leans towards that of the one before it.
  LinkLoss(LinkScope scope, double percent, double correlation_percent = 0);

  std::string name() const override { return "link-loss"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  bool connections_survive() const override;
};

// What share is lost in the long run, in percent: correlation, as netem computes it, takes away
// from it, because numbers drawn towards each other seldom reach the ends of their range.
double mean_loss_percent(double percent, double correlation_percent);

CatalogueEntry link_loss_entry();

}  // namespace splitsite
