// Fault "link-corruption": a link flips one bit in a share of its packets. Proven by datagrams that
// are sent without a checksum and arrive with another content.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkCorruption final : public LinkFault {
 public:
  LinkCorruption(LinkScope scope, double percent);

  std::string name() const override { return "link-corruption"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  bool connections_survive() const override;
};

CatalogueEntry link_corruption_entry();

}  // namespace splitsite
