#include "faults/site_isolation.hpp"

#include <fmt/format.h>

#include "faults/link_pair.hpp"
#include "faults/vantage.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

// Which nodes of the site the observer hears, in words; `heard` counts them.
struct Census {
  int heard = 0;
  int asked = 0;
  std::string text;
};

Result<Census> census(const Bench& bench, const NodeId& observer, const SiteId& site) {
  Census result;
  for (const NodeId& node : bench.config.nodes_of(site)) {
    SPLITSITE_TRY(auto answer, ping_node(bench, observer, node));
    ++result.asked;
    if (answer.received > 0) ++result.heard;
    result.text += fmt::format("{}{}: {}", result.text.empty() ? "" : "; ", node, describe(answer));
  }
  return result;
}

}  // namespace

SiteIsolation::SiteIsolation(SiteId site) : site_(std::move(site)) {}

std::string SiteIsolation::describe() const {
  return fmt::format("isolation of site {} from all other sites, replication untouched", site_);
}

nlohmann::json SiteIsolation::parameters() const { return {{"site", site_.str()}}; }

Result<Plan> SiteIsolation::plan(const LabConfig& config) const {
  Plan plan;
  for (const LinkConfig& link : config.links) {
    if (link.kind != LinkKind::Site || (link.first != site_ && link.second != site_)) continue;
    const Plan cut = plan_both_ways(link, {.loss_percent = 100});
    plan.insert(plan.end(), cut.begin(), cut.end());
  }
  if (!plan.empty() && !config.hosts_of(site_).empty()) return plan;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "plan the",
               .subject = describe(),
               .why = fmt::format("parameter \"site\": \"{}\" is not a site with hosts", site_),
               .hint = "name one of: " + sites_with_hosts(config)};
}

Result<void> SiteIsolation::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  SPLITSITE_TRY(auto before, census(bench, vantage.observer, site_));
  if (before.heard == before.asked) return success();
  return not_proven(fmt::format("every node of site {} answers before the fault", site_),
                    before.text);
}

Result<Proof> SiteIsolation::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  const std::string claim = fmt::format("no node of site {} is heard from outside", site_);
  SPLITSITE_TRY(auto now, census(bench, vantage.observer, site_));
  if (now.heard > 0) return not_proven(claim, now.text);
  SPLITSITE_TRY(auto control, unaffected_control(bench, vantage));
  // Inside the site the network lives: this is isolation and not an outage.
  SPLITSITE_TRY(const LinkPair pair,
                find_link_pair(bench.config, site_, bench.config.find_node(vantage.control)->site));
  SPLITSITE_TRY(auto inside, ping_node(bench, pair.near, pair.control));
  const std::string inner =
      fmt::format("{} to {}: {}", pair.near, pair.control, splitsite::describe(inside));
  if (inside.received == 0) return not_proven("the site's own network lives", inner);
  return Proof{claim, now.text, control + "; " + inner};
}

Result<Proof> SiteIsolation::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  const Wait wait{.what = fmt::format("every node of site {} to be heard again", site_),
                  .bound = std::chrono::seconds(20),
                  .every = std::chrono::milliseconds(100),
                  .stop = bench.stop};
  SPLITSITE_TRY(auto text, eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
                  auto now = census(bench, vantage.observer, site_);
                  if (!now) return NotYet{now.error().message()};
                  if (now.value().heard < now.value().asked) return NotYet{now.value().text};
                  return now.value().text;
                }));
  SPLITSITE_TRY(auto control, unaffected_control(bench, vantage));
  return Proof{fmt::format("every node of site {} is heard", site_), text, control};
}

}  // namespace splitsite
