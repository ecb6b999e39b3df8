// Fault "link-duplication": a link delivers a share of its packets twice. Proven by counting
// numbered datagrams that arrive again.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkDuplication final : public LinkFault {
 public:
  LinkDuplication(LinkScope scope, double percent);

  std::string name() const override { return "link-duplication"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
};

CatalogueEntry link_duplication_entry();

}  // namespace splitsite
