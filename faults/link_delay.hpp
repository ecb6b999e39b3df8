// Fault "link-delay": netem delay between two sites, both directions, on top of the baseline of the
// topology. Proven by the round-trip time between a node of each site, against the one measured
// before; a pair that does not cross the link is the control.
#pragma once

#include "harness/fault/fault.hpp"

namespace splitsite {

class LinkDelay final : public Fault {
 public:
  // `added` is one way; the round trip grows by twice as much. `tolerance` is what the measured
  // growth may miss, for the noise of an emulated lab.
  LinkDelay(SiteId first, SiteId second, Duration added,
            Duration tolerance = std::chrono::milliseconds(4));

  std::string name() const override { return "link-delay"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  SiteId first_;
  SiteId second_;
  Duration added_;
  Duration tolerance_;
  Duration before_{};
  Duration control_before_{};
};

}  // namespace splitsite
