// Fault "link-delay": packets of a link take longer, with jitter if asked for, on top of what the
// topology asks for. Proven one way in each direction and by round trips, next to the same before.
#pragma once

#include <vector>

#include "faults/link/link_fault.hpp"
#include "faults/measure/scatter.hpp"
#include "faults/measure/transit.hpp"

namespace splitsite {

struct Jitter {
  Duration size{};
  DelayShape shape = DelayShape::Uniform;
  double correlation_percent = 0;
};

class LinkDelay final : public LinkFault {
 public:
  // `added` is one way: with both directions affected the round trip grows by twice as much.
  // `tolerance` is what a measured time may miss, for the noise of an emulated lab; at most half of
  // what is added.
  LinkDelay(LinkScope scope, Duration added, Jitter jitter = {},
            Duration tolerance = std::chrono::milliseconds(4));

  std::string name() const override { return "link-delay"; }

 private:
  struct Before {
    Way way;
    Transits one_way;
    Duration round_trip{};
    Scatter scatter;  // for jitter, of the affected directions only
  };

  Result<std::string> effect_shows(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_absent(const Bench& bench, const Way& way) const override;
  Result<std::string> effect_gone(const Bench& bench, const Way& way) const override;
  Result<void> measure_way_before(const Bench& bench, const Way& way) override;

  // Of this way, or, if other nodes measure now, of another over the same link direction.
  Result<Before> before(const Bench& bench, const Way& way) const;
  bool jitter_asked() const { return effect().jitter > Duration::zero(); }
  Duration told_jitter() const;   // what correlation leaves of it
  Duration least_spread() const;  // that the jitter must add

  Duration tolerance_;
  std::vector<Before> before_;
};

CatalogueEntry link_delay_entry();

}  // namespace splitsite
