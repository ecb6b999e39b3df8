// Fault "link-rate": a link carries no more than so many bits a second; what is beyond waits in a
// queue and then vanishes. Proven by the time a burst takes to arrive.
#pragma once

#include "faults/link/link_fault.hpp"

namespace splitsite {

class LinkRate final : public LinkFault {
 public:
  LinkRate(LinkScope scope, std::uint64_t bits_per_second);

  std::string name() const override { return "link-rate"; }

 private:
  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  Result<void> measure_way_before(const Bench& bench, const Way& way) override;
};

CatalogueEntry link_rate_entry();

}  // namespace splitsite
