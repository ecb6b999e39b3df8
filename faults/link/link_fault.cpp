#include "faults/link/link_fault.hpp"

#include <fmt/format.h>

#include <set>

#include "faults/link/connections.hpp"
#include "faults/measure/reach.hpp"
#include "faults/measure/replicas.hpp"
#include "harness/ports/links_json.hpp"

namespace splitsite {
namespace {

// Ways from the link's ends into each site that it does not join: both may still see the third, and
// the node that all links run through still carries others.
std::vector<Way> views_of_others(const LabConfig& config, const Way& crossing) {
  std::vector<Way> views;
  const SiteId first = config.find_node(crossing.from)->site;
  const SiteId second = config.find_node(crossing.to)->site;
  if (crossing.network != Network::Site) return views;
  std::set<SiteId> seen{first, second};
  for (const NodeRole role : {NodeRole::Witness, NodeRole::Host}) {
    for (const NodeConfig& node : config.nodes) {
      if (node.role != role || !seen.insert(node.site).second) continue;
      views.push_back({crossing.from, node.name});
      views.push_back({crossing.to, node.name});
    }
  }
  return views;
}

// The lab without the nodes that are off or hang: they can measure nothing.
LabConfig lab_that_runs(const Bench& bench) {
  LabConfig config = bench.config;
  std::erase_if(config.nodes, [&](const NodeConfig& node) {
    const auto state = bench.power.state(node.name);
    return state && state.value() != PowerState::On;
  });
  return config;
}

}  // namespace

void add_sentence(std::string& text, const std::string& sentence) {
  if (sentence.empty()) return;
  text += (text.empty() ? "" : "; ") + sentence;
}

std::string LinkFault::describe() const {
  return fmt::format("{} on the {}", splitsite::describe(effect_), splitsite::describe(scope_));
}

nlohmann::json LinkFault::parameters() const {
  nlohmann::json all = to_json(scope_);
  all["effect"] = to_json(effect_);
  return all;
}

Result<Plan> LinkFault::plan(const LabConfig& config) const {
  return plan_on(config, scope_, effect_);
}

Result<std::vector<LinkFault::Side>> LinkFault::sides_of(const Bench& bench) const {
  const LabConfig config = lab_that_runs(bench);
  SPLITSITE_TRY(const auto directions, directions_of(config, scope_));
  std::vector<Side> sides;
  for (const LinkDirection& direction : directions) {
    SPLITSITE_TRY(const Ends ends, ends_of(config, direction));
    const bool affected = scope_.affects(direction);
    const bool for_good = affected && !effect_.flapping;
    sides.push_back({.way = ends.crossing,
                     .direction = direction,
                     .affected = affected,
                     .cut = for_good ? effect_.cut : Cut::None});
  }
  return sides;
}

Result<void> LinkFault::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const auto sides, sides_of(bench));
  flows_.clear();
  other_views_.clear();
  if (parts_replicas()) {
    SPLITSITE_TRY(storage_lives_, storage_lives(bench));
  }
  for (const Side& side : sides) {
    SPLITSITE_TRY_VOID(arrives(bench, side.way));
    SPLITSITE_TRY_VOID(measure_way_before(bench, side.way));
    SPLITSITE_TRY(auto flow, OpenFlow::open(bench, side.way));
    flows_.push_back(std::move(flow));
  }
  SPLITSITE_TRY(const Ends ends, ends_of(lab_that_runs(bench), sides.front().direction));
  SPLITSITE_TRY_VOID(measure_way_before(bench, ends.control));
  for (const Way& view : views_of_others(bench.config, sides.front().way)) {
    if (connects_at_once(bench, view)) other_views_.push_back(view);
  }
  return success();
}

bool LinkFault::parts_replicas() const {
  return scope_.kind == LinkKind::Replication && effect_.cut != Cut::None && !effect_.flapping;
}

// New connections from either end, and those that were open: each end meets the link its own way.
// Of those that were open with a node that was reset nothing is left to be judged.
Result<std::string> LinkFault::connections(const Bench& bench, const std::vector<Side>& sides,
                                           const StorageLives& reset) const {
  if (!connections_survive()) return std::string("connections not judged: too little gets through");
  std::string text;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Meeting meeting{.way = sides[i].way, .there = sides[i].cut, .back = sides[1 - i].cut};
    SPLITSITE_TRY(const auto fresh, new_connection_as_cut(bench, meeting));
    add_sentence(text, fresh);
    if (reset.contains(meeting.way.from) || reset.contains(meeting.way.to)) {
      add_sentence(text, "the connection that was open ended with the node that was reset");
      continue;
    }
    // Refused again and again, an old connection meets a refusal in the end, whichever end sends
    // it.
    const bool refused_at_times = effect_.flapping && effect_.cut == Cut::Reject;
    SPLITSITE_TRY(const auto open, refused_at_times
                                       ? flows_.at(i).is_broken(bench)
                                       : open_connection_as_cut(bench, meeting, flows_.at(i)));
    add_sentence(text, open);
  }
  return text;
}

Result<std::string> LinkFault::control(const Bench& bench, const std::vector<Side>& sides) const {
  SPLITSITE_TRY(const Ends ends, ends_of(lab_that_runs(bench), sides.front().direction));
  SPLITSITE_TRY(std::string text, effect_absent(bench, ends.control));
  SPLITSITE_TRY(const auto fresh, connects(bench, {ends.control}));
  add_sentence(text, fresh);
  for (const Way& view : other_views_) {
    SPLITSITE_TRY(const auto seen, connects(bench, {view}));
    add_sentence(text, seen);
  }
  return text;
}

Result<Proof> LinkFault::prove(const Bench& bench) const {
  Parted parted;
  if (parts_replicas()) {
    SPLITSITE_TRY(parted, await_parting(bench, storage_lives_));
  }
  return prove_after(bench, parted);
}

Result<Proof> LinkFault::prove_after(const Bench& bench, const Parted& parted) const {
  SPLITSITE_TRY(const auto sides, sides_of(bench));
  Proof proof{.claim = describe(), .measured = parted.text};
  for (const Side& side : sides) {
    if (!side.affected) continue;
    SPLITSITE_TRY(const auto seen, effect_shows(bench, side.way));
    add_sentence(proof.measured, seen);
  }
  SPLITSITE_TRY(const auto carried, connections(bench, sides, parted.changed));
  add_sentence(proof.measured, carried);
  for (const Side& side : sides) {
    if (side.affected) continue;
    SPLITSITE_TRY(const auto seen, effect_absent(bench, side.way));
    add_sentence(proof.control, "the other direction, " + seen);
  }
  SPLITSITE_TRY(const auto unaffected, control(bench, sides));
  add_sentence(proof.control, unaffected);
  return proof;
}

Result<Proof> LinkFault::healed_as_read_back(const Bench& bench, const char* why) const {
  SPLITSITE_TRY(const auto directions, directions_of(bench.config, scope_));
  Proof proof{.claim = fmt::format("the {} is as before", splitsite::describe(scope_)),
              .measured = why,
              .control = "none"};
  for (const LinkDirection& direction : directions) {
    SPLITSITE_TRY(const Impairment now, bench.links.read(direction));
    add_sentence(proof.measured, fmt::format("{} reads {}", splitsite::describe(direction),
                                             splitsite::describe(now)));
    Impairment expected = bench.links.baseline(direction);
    if (bench.healing) {
      SPLITSITE_TRY(expected, bench.link_owner.expected(direction));
    }
    if (!(now == expected)) return not_proven(proof.claim, proof.measured);
  }
  return proof;
}

Result<Proof> LinkFault::prove_healed(const Bench& bench) const {
  const auto found = sides_of(bench);
  if (!found && found.error().kind == ErrorKind::Unavailable) {
    return healed_as_read_back(bench, "no node is left at one of its ends to measure from");
  }
  SPLITSITE_TRY(const auto sides, found);
  for (const Side& side : sides) {
    if (!bench.healing) break;  // it may be in force itself
    SPLITSITE_TRY(const Impairment expected, bench.link_owner.expected(side.direction));
    if (expected == bench.links.baseline(side.direction)) continue;
    return healed_as_read_back(bench, "another fault is in force there, which packets would show");
  }
  Proof proof{.claim = fmt::format("the {} is as before", splitsite::describe(scope_)),
              .control = "none needed: nothing is changed any more"};
  // First: the storage node that lost the arbitration may still boot, and answers only then.
  if (parts_replicas()) {
    SPLITSITE_TRY(proof.measured, replicas_are_whole(bench, kWholeWithin));
  }
  for (const Side& side : sides) {
    SPLITSITE_TRY(const auto fresh, connects(bench, {side.way}));
    if (side.affected) {
      SPLITSITE_TRY(const auto seen, effect_gone(bench, side.way));
      add_sentence(proof.measured, seen);
    }
    add_sentence(proof.measured, fresh);
  }
  return proof;
}

}  // namespace splitsite
