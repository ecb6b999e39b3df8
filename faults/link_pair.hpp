// What the faults of a link between two sites share: finding the link, planning a change of both
// directions, and the nodes to measure it with.
#pragma once

#include "harness/fault/fault.hpp"

namespace splitsite {

// Invalid, with the links there are, if the lab has none between the two. Either order.
Result<LinkConfig> find_link(const LabConfig& config, LinkKind kind, const SiteId& first,
                             const SiteId& second);

Plan plan_both_ways(const LinkConfig& link, const Impairment& effect);

struct LinkPair {
  NodeId near;     // in the first site
  NodeId far;      // in the second site, across the link
  NodeId control;  // reached from `near` without crossing the link
};
Result<LinkPair> find_link_pair(const LabConfig& config, const SiteId& first, const SiteId& second);

}  // namespace splitsite
