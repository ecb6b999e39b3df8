// What the losses of a site's power share: nodes that are off and answer nobody, while the rest of
// the site and the other site live; and nodes that answer again when the power is back.
#pragma once

#include "faults/measure/open_flow.hpp"
#include "faults/site/order.hpp"
#include "harness/fault/catalogue.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

// Some nodes of one site without power. Which, and in which order, is the fault's to say.
class Outage : public Fault {
 public:
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 protected:
  Outage(SiteId site, Comeback comeback) : site_(std::move(site)), comeback_(comeback) {}

  // The nodes that lose power, in the order of the lab's description.
  virtual std::vector<NodeId> victims(const LabConfig& config) const = 0;
  // All at once, and if they come back one after the other, in an order drawn from the seed.
  virtual Result<Plan> plan_for(const std::vector<NodeId>& victims) const;
  const SiteId& site() const { return site_; }
  const Comeback& comeback() const { return comeback_; }
  // ", power back one by one", or nothing.
  std::string comeback_text() const;

 private:
  Result<std::string> unaffected(const Bench& bench) const;

  SiteId site_;
  Comeback comeback_;
  std::vector<OpenFlow> flows_;  // to each node that will lose power, opened before
};

}  // namespace splitsite
