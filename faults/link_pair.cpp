#include "faults/link_pair.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

const NodeConfig* node_in(const LabConfig& config, const SiteId& site, const NodeId& except = {}) {
  for (const NodeConfig& node : config.nodes) {
    if (node.site == site && node.role != NodeRole::Wan && node.name != except) return &node;
  }
  return nullptr;
}

}  // namespace

Result<LinkConfig> find_link(const LabConfig& config, LinkKind kind, const SiteId& first,
                             const SiteId& second) {
  std::string known;
  for (const LinkConfig& link : config.links) {
    if (link.kind != kind) continue;
    const bool same = link.first == first && link.second == second;
    const bool turned = link.first == second && link.second == first;
    if (same || turned) return link;
    known += fmt::format("{}{}-{}", known.empty() ? "" : ", ", link.first, link.second);
  }
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the link between the sites",
               .subject = fmt::format("{} and {}", first, second),
               .why = "the lab has no such link",
               .hint = "name one of: " + known};
}

Plan plan_both_ways(const LinkConfig& link, const Impairment& effect) {
  return {ImpairLink{.direction = {link.kind, link.first, link.second}, .effect = effect},
          ImpairLink{.direction = {link.kind, link.second, link.first}, .effect = effect}};
}

Result<LinkPair> find_link_pair(const LabConfig& config, const SiteId& first,
                                const SiteId& second) {
  const NodeConfig* near = node_in(config, first);
  const NodeConfig* far = node_in(config, second);
  const NodeConfig* control = near ? node_in(config, first, near->name) : nullptr;
  if (near != nullptr && far != nullptr && control != nullptr) {
    return LinkPair{near->name, far->name, control->name};
  }
  return Error{
      .kind = ErrorKind::Unavailable,
      .attempted = "measure the link between the sites",
      .subject = fmt::format("{} and {}", first, second),
      .why = fmt::format("it needs two nodes in site {} and one in site {}", first, second)};
}

}  // namespace splitsite
