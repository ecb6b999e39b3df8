// Fault "site-rolling-loss": the nodes of a site lose power one after the other within 1 to 60 s,
// in any order, as when a fire or a flood spreads, or an emergency supply runs dry.
#pragma once

#include <optional>

#include "faults/site/outage.hpp"

namespace splitsite {

class SiteRollingLoss final : public Outage {
 public:
  // What is not given is drawn from the comeback's seed.
  struct Course {
    std::optional<Duration> over;  // from the first node to the last
    std::vector<NodeId> order;     // empty: drawn; otherwise every node of the site once
  };
  SiteRollingLoss(SiteId site, Course course, Comeback comeback = {})
      : Outage(std::move(site), comeback), course_(std::move(course)) {}

  std::string name() const override { return "site-rolling-loss"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;

 private:
  std::vector<NodeId> victims(const LabConfig& config) const override;
  Result<Plan> plan_for(const std::vector<NodeId>& victims) const override;

  Course course_;
};

CatalogueEntry site_rolling_loss_entry();

}  // namespace splitsite
