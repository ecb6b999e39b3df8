// Fault "link-cut": a link passes nothing, in one direction or both. Dropped silently, both ends
// wait for their timers; rejected, senders are told at once: clusters fail over at different times.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkCut final : public LinkFault {
 public:
  // `how` is Drop or Reject.
  explicit LinkCut(LinkScope scope, Cut how = Cut::Drop);

  std::string name() const override { return "link-cut"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
};

// The parameter "how", shared by the faults that cut.
ParameterSpec cut_parameter();
Result<Cut> read_cut(const ParameterReader& reader);

CatalogueEntry link_cut_entry();

}  // namespace splitsite
