// Fault "link-reordering": a link delays its packets except a share that overtakes the others.
// Proven by numbered datagrams that come early and by those they overtake.
#pragma once

#include <optional>

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkReordering final : public LinkFault {
 public:
  // `delay` is what the share of `percent` is spared; the wider it is, the more are overtaken.
  LinkReordering(LinkScope scope, double percent, Duration delay);

  std::string name() const override { return "link-reordering"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  Result<void> measure_way_before(const Bench& bench, const Way& way) override;
  Result<std::string> effect_gone(const Bench& bench, const Way& way) const override;

  std::optional<Way> crossing_;  // the first way that was measured
  Duration round_trip_{};        // over the link, before
};

CatalogueEntry link_reordering_entry();

}  // namespace splitsite
