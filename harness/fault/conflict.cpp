#include "harness/fault/conflict.hpp"

#include <fmt/format.h>

#include <set>

namespace splitsite {
namespace {

std::set<NodeId> nodes_without_a_say(const Plan& plan) {
  std::set<NodeId> nodes;
  for (const Step& step : plan) {
    if (const auto* off = std::get_if<PowerOff>(&step)) nodes.insert(off->node);
    if (const auto* reset = std::get_if<PowerReset>(&step)) nodes.insert(reset->node);
    if (const auto* suspend = std::get_if<Suspend>(&step)) nodes.insert(suspend->node);
    if (const auto* taken = std::get_if<TakeDown>(&step)) nodes.insert(taken->node);
  }
  return nodes;
}

std::set<NodeId> nodes_changed(const Plan& plan) {
  std::set<NodeId> nodes = nodes_without_a_say(plan);
  for (const Step& step : plan) {
    if (const auto* in_node = std::get_if<InNode>(&step)) nodes.insert(in_node->node);
  }
  return nodes;
}

std::string shared(const std::set<NodeId>& some, const std::set<NodeId>& others) {
  for (const NodeId& node : some) {
    if (others.count(node) > 0) return fmt::format("both change {}", node);
  }
  return {};
}

Impairment baseline_of(const LabConfig& config, const LinkDirection& direction) {
  for (const LinkConfig& link : config.links) {
    if (link.kind != direction.kind) continue;
    if (link.first == direction.from && link.second == direction.to) return link.first_to_second;
    if (link.second == direction.from && link.first == direction.to) return link.second_to_first;
  }
  return {};
}

}  // namespace

std::string conflict_between(const Plan& first, const Plan& second, const LabConfig& config) {
  // Who loses power or hangs can be neither changed nor asked meanwhile.
  std::string both = shared(nodes_without_a_say(first), nodes_changed(second));
  if (both.empty()) both = shared(nodes_changed(first), nodes_without_a_say(second));
  if (!both.empty()) return both;
  std::set<std::string> owned;
  for (const Step& step : first) owned.insert(resource_of(step));
  for (const Step& step : second) {
    const std::string wanted = resource_of(step);
    if (!wanted.empty() && owned.count(wanted) > 0) return "both own the " + wanted;
  }
  for (const Step& step : first) {
    const auto* one = std::get_if<ImpairLink>(&step);
    if (one == nullptr) continue;
    for (const Step& another : second) {
      const auto* two = std::get_if<ImpairLink>(&another);
      if (two == nullptr || two->direction != one->direction) continue;
      const auto whole = compose(baseline_of(config, one->direction), {one->effect, two->effect});
      if (!whole) return whole.error().message();
    }
  }
  return {};
}

}  // namespace splitsite
