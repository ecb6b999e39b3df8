// Affinity groups that contradict each other (ovirt-engine AffinityRulesUtils, AffinityValidator):
// two kinds are refused, four are only warned of.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

struct AffinityConflict {
  int code = 0;  // AuditLogType 10356 … 10361
  std::string text;
  bool refused = false;
};

// In the order oVirt looks for them.
std::vector<AffinityConflict> affinity_conflicts(const std::vector<AffinityGroup>& groups);

}  // namespace splitsite::reference
