// Which link a fault is on, and which of its directions: the three parameters all link faults have
// in common (sites, direction, link), and the plan that follows from them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/fault/catalogue.hpp"

namespace splitsite {

struct LinkScope {
  LinkKind kind = LinkKind::Site;
  SiteId first;
  SiteId second;
  bool there = true;  // first to second is affected
  bool back = true;   // second to first is

  bool affects(const LinkDirection& direction) const;
};

// "site link a-b, both ways", "replication link, a to b only"
std::string describe(const LinkScope& scope);
nlohmann::json to_json(const LinkScope& scope);

// The link's two directions as the lab writes them, affected or not. Invalid names the parameter
// "sites" and the links of this kind there are.
Result<std::vector<LinkDirection>> directions_of(const LabConfig& config, const LinkScope& scope);

// `effect` on every affected direction.
Result<Plan> plan_on(const LabConfig& config, const LinkScope& scope, const Impairment& effect);

// The fault's own parameters with those of the scope before them.
std::vector<ParameterSpec> with_link_parameters(std::vector<ParameterSpec> own);
// Reads them; the link must be one of the lab's.
Result<LinkScope> read_link_scope(const ParameterReader& reader);

}  // namespace splitsite
