#include "faults/site/outage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "faults/site/vantage.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

// From power-on to a node's first answer: a minute when nine nodes boot at once on two cores.
constexpr Duration kAnswersWithin = std::chrono::minutes(3);

void append(std::string& text, const std::string& more) {
  if (!text.empty()) text += "; ";
  text += more;
}

// Every node answers the observer; NotYet names the first that does not.
Probed<std::string> all_answer(const Bench& bench, const NodeId& observer,
                               const std::vector<NodeId>& nodes) {
  std::string all;
  for (const NodeId& node : nodes) {
    auto heard = ping_node(bench, observer, node);
    if (!heard) return NotYet{heard.error().message()};
    if (heard.value().received == 0) return NotYet{fmt::format("{} does not answer", node)};
    append(all, fmt::format("{}: {}", node, describe(heard.value())));
  }
  return all;
}

// In time, or because nobody answers for the address any more.
Result<std::string> no_connection(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto tried, bench.prober.connect(way.from, way.to, way.network,
                                                       std::chrono::milliseconds(500)));
  const std::string text = fmt::format("new connection {}: {}", describe(way), describe(tried));
  using Outcome = ConnectResult::Outcome;
  if (tried.outcome == Outcome::TimedOut || tried.outcome == Outcome::Unreachable) return text;
  return not_proven(fmt::format("a new connection {} fails", describe(way)), text);
}

}  // namespace

nlohmann::json Outage::parameters() const {
  nlohmann::json all{{"site", site_.str()},
                     {"return", comeback_.staggered ? "staggered" : "together"}};
  if (comeback_.staggered) {
    all["return_gap"] = format_duration(comeback_.longest_gap);
    all["seed"] = comeback_.seed;
  }
  return all;
}

std::string Outage::comeback_text() const {
  return comeback_.staggered ? ", power back one by one" : "";
}

Result<Plan> Outage::plan(const LabConfig& config) const {
  const std::vector<NodeId> nodes = victims(config);
  if (!nodes.empty()) return plan_for(nodes);
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "plan the",
               .subject = describe(),
               .why = fmt::format("parameter \"site\": \"{}\" has no such nodes", site_),
               .hint = "name a site with hosts: " + sites_with_hosts(config)};
}

Result<Plan> Outage::plan_for(const std::vector<NodeId>& victims) const {
  if (!comeback_.staggered) return plan_outage(victims, {}, comeback_);
  Draw draw(comeback_.seed);
  return plan_outage(shuffled(victims, draw), {}, comeback_);
}

Result<void> Outage::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  const auto answered = all_answer(bench, vantage.observer, bench.config.nodes_of(site_));
  if (const auto* why = std::get_if<NotYet>(&answered)) {
    return not_proven(fmt::format("every node of site {} answers before the fault", site_),
                      why->reason);
  }
  flows_.clear();
  for (const NodeId& node : victims(bench.config)) {
    SPLITSITE_TRY(OpenFlow flow, OpenFlow::open(bench, {vantage.observer, node}));
    flows_.push_back(std::move(flow));
  }
  return success();
}

// Both: the power is off, and nobody answers, neither echoes nor new connections nor open ones;
// beside it the rest does.
Result<Proof> Outage::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  Proof proof{.claim = fmt::format("{}: no power, no answer", describe())};
  for (const NodeId& node : victims(bench.config)) {
    SPLITSITE_TRY(const PowerState state, bench.power.state(node));
    if (state != PowerState::Off) return not_proven(proof.claim, fmt::format("{} is on", node));
    SPLITSITE_TRY(auto heard, ping_node(bench, vantage.observer, node));
    const std::string text = fmt::format("{}: off, {}", node, splitsite::describe(heard));
    if (heard.received > 0) return not_proven(proof.claim, text);
    append(proof.measured, text);
    SPLITSITE_TRY(const std::string fresh, no_connection(bench, {vantage.observer, node}));
    append(proof.measured, fresh);
  }
  for (const OpenFlow& flow : flows_) {
    SPLITSITE_TRY(const std::string open, flow.is_silent(bench));
    append(proof.measured, open);
  }
  SPLITSITE_TRY(proof.control, unaffected(bench));
  return proof;
}

// A host of the other site, and what of this site is not to lose power.
Result<std::string> Outage::unaffected(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  SPLITSITE_TRY(std::string text, unaffected_control(bench, vantage));
  const auto off = victims(bench.config);
  for (const NodeId& node : bench.config.nodes_of(site_)) {
    if (std::find(off.begin(), off.end(), node) != off.end()) continue;
    SPLITSITE_TRY(auto heard, ping_node(bench, vantage.observer, node));
    append(text, fmt::format("{}: {}", node, splitsite::describe(heard)));
    if (heard.received == 0) return not_proven("the rest of the site is not affected", text);
  }
  return text;
}

Result<Proof> Outage::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const Vantage vantage, find_vantage(bench.config, site_));
  const auto nodes = victims(bench.config);
  const Wait wait{.what = fmt::format("every node of site {} to answer", site_),
                  .bound = kAnswersWithin,
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  SPLITSITE_TRY(auto measured, eventually<std::string>(bench.clock, wait, [&] {
                  return all_answer(bench, vantage.observer, nodes);
                }));
  SPLITSITE_TRY(auto control, unaffected_control(bench, vantage));
  return Proof{fmt::format("every node of site {} that was off answers", site_), measured, control};
}

}  // namespace splitsite
