// Fault "link-flap": a link goes down and comes back, again and again. The wan node's agent keeps
// the beat by itself. Proven by watching several periods.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkFlap final : public LinkFault {
 public:
  // Down for the first part of every period. `how` is what happens to packets while it is down.
  LinkFlap(LinkScope scope, Flapping flapping, Cut how = Cut::Drop);

  std::string name() const override { return "link-flap"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  bool connections_survive() const override;
};

CatalogueEntry link_flap_entry();

}  // namespace splitsite
