#include "faults/site/site_rolling_loss.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite {
namespace {

constexpr Duration kShortest = std::chrono::seconds(1);
constexpr Duration kLongest = std::chrono::seconds(60);

std::string in_words(const std::vector<NodeId>& nodes) {
  std::string text;
  for (const NodeId& node : nodes) text += (text.empty() ? "" : ", ") + node.str();
  return text;
}

}  // namespace

std::string SiteRollingLoss::describe() const {
  const std::string over =
      course_.over ? format_duration(*course_.over) : fmt::format("seed {}", comeback().seed);
  return fmt::format("power loss of site {} node by node over {}{}", site(), over, comeback_text());
}

nlohmann::json SiteRollingLoss::parameters() const {
  nlohmann::json all = Outage::parameters();
  all["seed"] = comeback().seed;
  if (course_.over) all["over"] = format_duration(*course_.over);
  for (const NodeId& node : course_.order) all["order"].push_back(node.str());
  return all;
}

std::vector<NodeId> SiteRollingLoss::victims(const LabConfig& config) const {
  return config.nodes_of(site());
}

// Everything is drawn even if it is not used, so that giving one thing does not change another.
Result<Plan> SiteRollingLoss::plan_for(const std::vector<NodeId>& victims) const {
  Draw draw(comeback().seed);
  std::vector<NodeId> order = shuffled(victims, draw);
  Duration over = draw.between(kShortest, kLongest);
  if (course_.over) over = *course_.over;
  if (!course_.order.empty()) {
    if (!std::is_permutation(course_.order.begin(), course_.order.end(), victims.begin(),
                             victims.end())) {
      return Error{
          .kind = ErrorKind::Invalid,
          .attempted = "plan the",
          .subject = describe(),
          .why = fmt::format("parameter \"order\": \"{}\" is not every node of site {} once",
                             in_words(course_.order), site()),
          .hint = "give these in any order: " + in_words(victims)};
    }
    order = course_.order;
  }
  return plan_outage(order, split(over, order.size() - 1, draw), comeback());
}

CatalogueEntry site_rolling_loss_entry() {
  return {
      .name = "site-rolling-loss",
      .summary = "the nodes of a site lose power one after the other, in any order",
      .parameters = with_comeback(
          {{"site", "site", "which site", "", "a site with hosts"},
           {"over", "duration", "from the first node to the last; drawn from the seed if not given",
            "none", "1 s to 60 s"},
           {"order", "nodes", "the site's nodes as they go, with commas; drawn if not given",
            "none", "every node of the site once"}}),
      .mechanism =
          "The nodes' virtual machines are destroyed one by one, with pauses drawn from "
          "the seed.",
      .proof =
          "In the end each node is off and answers neither echoes nor new or open connections; a "
          "host of the other site answers "
          "the same observer.",
      .undo = "Power on in reverse order, at once or staggered; every node answers again.",
      .limits =
          "The fault counts as in force from the first node's loss to the proof after the "
          "last. A node may take a minute to boot.",
      .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(const SiteId site, reader.site_with_hosts("site"));
        SiteRollingLoss::Course course;
        if (reader.given("over")) {
          SPLITSITE_TRY(course.over, reader.duration("over", kShortest, kLongest));
        }
        if (reader.given("order")) {
          SPLITSITE_TRY(course.order, reader.nodes("order"));
        }
        SPLITSITE_TRY(const Comeback comeback, read_comeback(reader, SeedIsFor::LossToo));
        auto fault = std::make_unique<SiteRollingLoss>(site, course, comeback);
        SPLITSITE_TRY_VOID(fault->plan(reader.config()));
        return std::unique_ptr<Fault>(std::move(fault));
      },
      .example = "site=b over=2s seed=3"};
}

}  // namespace splitsite
