// Fault "link-mtu": an MTU black hole: packets longer than so many bytes vanish, and nobody is
// told. Small messages pass, so everything looks well until somebody sends much.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkMtu final : public LinkFault {
 public:
  // Bytes of the longest IP packet that passes.
  LinkMtu(LinkScope scope, int longest);

  std::string name() const override { return "link-mtu"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  Result<void> measure_way_before(const Bench& bench, const Way& way) override;
};

CatalogueEntry link_mtu_entry();

}  // namespace splitsite
