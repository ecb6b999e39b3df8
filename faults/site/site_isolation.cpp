#include "faults/site/site_isolation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "faults/measure/reach.hpp"
#include "faults/measure/way.hpp"
#include "faults/site/order.hpp"
#include "faults/site/vantage.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

// Cut off from the lockspace too, the site's hosts are reset by their watchdogs and have to boot.
constexpr Duration kHeardWithin = std::chrono::seconds(20);
constexpr Duration kRebootedWithin = std::chrono::minutes(3);

// One node of each other site: a link that still carries must be seen.
std::vector<NodeId> outsiders(const LabConfig& config, const SiteId& site) {
  std::vector<NodeId> nodes;
  for (const SiteConfig& other : config.sites) {
    if (other.name == site) continue;
    const auto there = std::find_if(config.nodes.begin(), config.nodes.end(), [&](const auto& n) {
      return n.site == other.name && (n.role == NodeRole::Host || n.role == NodeRole::Witness);
    });
    if (there != config.nodes.end()) nodes.push_back(there->name);
  }
  return nodes;
}

// One that another fault has switched off meanwhile has nothing to be healed of.
bool has_power(const Bench& bench, const NodeId& node) {
  const auto state = bench.power.state(node);
  return !state || state.value() != PowerState::Off;
}

// Which nodes of the site the outsiders hear, of those with power, in words; `heard` counts them.
struct Census {
  int heard = 0;
  int asked = 0;
  std::string text;
};

Result<Census> census(const Bench& bench, const SiteId& site) {
  Census result;
  for (const NodeId& outsider : outsiders(bench.config, site)) {
    for (const NodeId& node : bench.config.nodes_of(site)) {
      if (!has_power(bench, outsider) || !has_power(bench, node)) continue;
      SPLITSITE_TRY(auto answer, ping_node(bench, outsider, node));
      ++result.asked;
      if (answer.received > 0) ++result.heard;
      result.text += fmt::format("{}{} to {}: {}", result.text.empty() ? "" : "; ", outsider, node,
                                 describe(answer));
    }
  }
  return result;
}

// Across each link of the site, from its first node; and the replication links from its storage.
std::vector<Way> ways_out(const LabConfig& config, const SiteId& site, bool replication) {
  std::vector<Way> ways;
  for (const NodeId& outsider : outsiders(config, site)) {
    ways.push_back({config.nodes_of(site).front(), outsider});
  }
  for (const LinkConfig& link : config.links) {
    const bool own = link.first == site || link.second == site;
    if (!replication || !own || link.kind != LinkKind::Replication) continue;
    const auto ends =
        ends_of(config, {link.kind, site, link.first == site ? link.second : link.first});
    if (ends) ways.push_back(ends.value().crossing);
  }
  return ways;
}

// Datagrams in each direction, and a new connection.
Result<std::string> is_cut(const Bench& bench, const Way& way, Cut how) {
  if (how == Cut::Drop) return both_ways_silent(bench, way);
  SPLITSITE_TRY(const std::string there, nothing_arrives(bench, way));
  SPLITSITE_TRY(const std::string back, nothing_arrives(bench, turned(way)));
  SPLITSITE_TRY(const std::string fresh, connection_is_refused(bench, {way}));
  return there + "; " + back + "; " + fresh;
}

}  // namespace

std::string SiteIsolation::describe() const {
  return fmt::format("isolation of site {} from all other sites, replication {}{}{}", site_,
                     setting_.replication ? "too" : "untouched",
                     setting_.how == Cut::Reject ? ", with rejection" : "",
                     setting_.comeback.staggered ? ", links back one by one" : "");
}

nlohmann::json SiteIsolation::parameters() const {
  return {{"site", site_.str()},
          {"replication", setting_.replication},
          {"how", setting_.how == Cut::Reject ? "reject" : "drop"},
          {"return", setting_.comeback.staggered ? "staggered" : "together"}};
}

Result<Plan> SiteIsolation::plan(const LabConfig& config) const {
  Draw draw(setting_.comeback.seed);
  Plan plan;
  for (const LinkConfig& link : config.links) {
    if (link.first != site_ && link.second != site_) continue;
    if (link.kind == LinkKind::Replication && !setting_.replication) continue;
    if (!plan.empty() && setting_.comeback.staggered) {
      plan.push_back(Hold{.undoing = draw.between(kShortestGap, setting_.comeback.longest_gap)});
    }
    for (const auto& [from, to] :
         {std::pair(link.first, link.second), std::pair(link.second, link.first)}) {
      plan.push_back(
          ImpairLink{.direction = {link.kind, from, to}, .effect = {.cut = setting_.how}});
    }
  }
  if (!plan.empty() && !config.hosts_of(site_).empty()) return plan;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "plan the",
               .subject = describe(),
               .why = fmt::format("parameter \"site\": \"{}\" is not a site with hosts", site_),
               .hint = "name one of: " + sites_with_hosts(config)};
}

Result<void> SiteIsolation::measure_before(const Bench& bench) {
  SPLITSITE_TRY_VOID(find_vantage(bench.config, site_));
  SPLITSITE_TRY(auto before, census(bench, site_));
  if (before.heard < before.asked) {
    return not_proven(fmt::format("every node of site {} answers before the fault", site_),
                      before.text);
  }
  flows_.clear();
  for (const Way& way : ways_out(bench.config, site_, setting_.replication)) {
    SPLITSITE_TRY(OpenFlow flow, OpenFlow::open(bench, way));
    flows_.push_back(std::move(flow));
  }
  return success();
}

// Pings to every node; then, across each link, datagrams one way at a time and TCP connections.
Result<Proof> SiteIsolation::prove(const Bench& bench) const {
  SPLITSITE_TRY_VOID(find_vantage(bench.config, site_));
  const std::string claim = fmt::format("no node of site {} is heard from outside", site_);
  SPLITSITE_TRY(auto now, census(bench, site_));
  if (now.heard > 0) return not_proven(claim, now.text);
  SPLITSITE_TRY(const std::string cut, connections(bench));
  SPLITSITE_TRY(const std::string control, unaffected(bench));
  return Proof{claim, now.text + "; " + cut, control};
}

Result<std::string> SiteIsolation::connections(const Bench& bench) const {
  std::string text;
  for (const Way& way : ways_out(bench.config, site_, setting_.replication)) {
    SPLITSITE_TRY(const std::string cut, is_cut(bench, way, setting_.how));
    text += (text.empty() ? "" : "; ") + cut;
  }
  for (const OpenFlow& flow : flows_) {
    SPLITSITE_TRY(const std::string open,
                  setting_.how == Cut::Drop ? flow.is_silent(bench) : flow.is_broken(bench));
    text += "; " + open;
  }
  return text;
}

// The other site is heard; inside the isolated one the network lives, so this is no outage; and
// replication goes on unless it is cut too.
Result<std::string> SiteIsolation::unaffected(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  SPLITSITE_TRY(std::string text, unaffected_control(bench, vantage));
  const auto nodes = bench.config.nodes_of(site_);
  SPLITSITE_TRY(const std::string inside, both_ways_open(bench, {nodes.front(), nodes.back()}));
  text += "; " + inside;
  if (setting_.replication) return text;
  for (const Way& way : ways_out(bench.config, site_, true)) {
    if (way.network != Network::Replication) continue;
    SPLITSITE_TRY(const std::string replication, both_ways_open(bench, way));
    text += "; " + replication;
  }
  return text;
}

Result<Proof> SiteIsolation::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  // A clustered Manager's node that lost the vote is reset by its watchdog, whatever is cut.
  const bool resets = setting_.replication || bench.config.clustered_manager();
  const Wait wait{.what = fmt::format("every node of site {} to be heard again", site_),
                  .bound = resets ? kRebootedWithin : kHeardWithin,
                  .every = std::chrono::milliseconds(100),
                  .stop = bench.stop};
  SPLITSITE_TRY(auto text, eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
                  auto now = census(bench, site_);
                  if (!now) return NotYet{now.error().message()};
                  if (now.value().heard < now.value().asked) return NotYet{now.value().text};
                  return now.value().text;
                }));
  for (const Way& way : ways_out(bench.config, site_, setting_.replication)) {
    if (!has_power(bench, way.from) || !has_power(bench, way.to)) {
      text += fmt::format("; {}: an end has no power", splitsite::describe(way));
      continue;
    }
    SPLITSITE_TRY(const std::string open, both_ways_open(bench, way));
    text += "; " + open;
  }
  SPLITSITE_TRY(auto control, unaffected_control(bench, vantage));
  return Proof{fmt::format("every node of site {} is heard", site_), text, control};
}

CatalogueEntry site_isolation_entry() {
  return {
      .name = "site-isolation",
      .summary = "a site is cut off from all other sites, its power stays",
      .parameters = with_comeback(
          {{"site", "site", "which site", "", "a site with hosts"},
           {"replication", "flag", "whether the replication links are cut too", "no", "yes, no"},
           {"how", "choice", "packets vanish, or their senders are told", "drop", "drop, reject"}}),
      .mechanism =
          "Every direction of the site's links in the wan node loses or rejects all "
          "packets.",
      .proof =
          "No node of the site is heard from any other site; the third site hears the other "
          "one, and inside the isolated site the network lives.",
      .undo =
          "The fault's share is taken off each direction, one link after the other when "
          "staggered; every node of the site is heard again.",
      .limits =
          "With replication=yes the witness decides for one half; the hosts of the other "
          "lose their leases, are reset by their watchdogs, and healing waits for them.",
      .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(const SiteId site, reader.site_with_hosts("site"));
        SiteIsolation::Setting setting;
        SPLITSITE_TRY(setting.replication, reader.flag("replication"));
        SPLITSITE_TRY(setting.how,
                      reader.choice_of<Cut>("how", {{"drop", Cut::Drop}, {"reject", Cut::Reject}}));
        SPLITSITE_TRY(setting.comeback, read_comeback(reader));
        return std::unique_ptr<Fault>(std::make_unique<SiteIsolation>(site, setting));
      },
      .example = "site=b"};
}

}  // namespace splitsite
