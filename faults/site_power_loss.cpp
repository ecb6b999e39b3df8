#include "faults/site_power_loss.hpp"

#include <fmt/format.h>

#include "faults/vantage.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {

SitePowerLoss::SitePowerLoss(SiteId site, Duration answers_within)
    : site_(std::move(site)), answers_within_(answers_within) {}

std::string SitePowerLoss::describe() const { return fmt::format("power loss of site {}", site_); }

nlohmann::json SitePowerLoss::parameters() const { return {{"site", site_.str()}}; }

Result<Plan> SitePowerLoss::plan(const LabConfig& config) const {
  Plan plan;
  for (const NodeId& node : config.nodes_of(site_)) plan.push_back(PowerOff{node});
  if (!plan.empty()) return plan;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "plan the",
               .subject = describe(),
               .why = fmt::format("parameter \"site\": \"{}\" has no hosts", site_),
               .hint = "name a site with hosts: " + sites_with_hosts(config)};
}

Result<void> SitePowerLoss::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  for (const NodeId& node : bench.config.nodes_of(site_)) {
    SPLITSITE_TRY(auto heard, ping_node(bench, vantage.observer, node));
    if (heard.received == 0) {
      return not_proven(fmt::format("{} answers before the fault", node),
                        splitsite::describe(heard));
    }
  }
  return success();
}

// Both: the power is off, and nobody answers; beside it a node elsewhere does.
Result<Proof> SitePowerLoss::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  Proof proof{.claim = fmt::format("no node of site {} has power or answers", site_)};
  for (const NodeId& node : bench.config.nodes_of(site_)) {
    SPLITSITE_TRY(const PowerState state, bench.power.state(node));
    if (state != PowerState::Off) return not_proven(proof.claim, fmt::format("{} is on", node));
    SPLITSITE_TRY(auto heard, ping_node(bench, vantage.observer, node));
    if (heard.received > 0) {
      return not_proven(proof.claim, fmt::format("{}: {}", node, splitsite::describe(heard)));
    }
    proof.measured += fmt::format("{}{}: off, {}", proof.measured.empty() ? "" : "; ", node,
                                  splitsite::describe(heard));
  }
  SPLITSITE_TRY(proof.control, unaffected_control(bench, vantage));
  return proof;
}

Result<Proof> SitePowerLoss::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  const Wait wait{.what = fmt::format("every node of site {} to answer", site_),
                  .bound = answers_within_,
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  SPLITSITE_TRY(auto measured,
                eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
                  std::string all;
                  for (const NodeId& node : bench.config.nodes_of(site_)) {
                    auto heard = ping_node(bench, vantage.observer, node);
                    if (!heard) return NotYet{heard.error().message()};
                    if (heard.value().received == 0) {
                      return NotYet{fmt::format("{} does not answer", node)};
                    }
                    all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", node,
                                       splitsite::describe(heard.value()));
                  }
                  return all;
                }));
  SPLITSITE_TRY(auto control, unaffected_control(bench, vantage));
  return Proof{fmt::format("every node of site {} answers", site_), measured, control};
}

}  // namespace splitsite
