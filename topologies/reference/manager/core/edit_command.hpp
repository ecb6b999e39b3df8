// Edits through REST (facts 7.4 to 7.6): what is given replaces what was, what is missing stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/lab/description/vm_config.hpp"
#include "topologies/reference/manager/core/cluster_policy.hpp"

namespace splitsite::reference {

// hosts_rule or vms_rule of a body. As oVirt reads it (AffinityGroupMapper): enabled=false switches
// the rule off; otherwise `positive`, when given, switches it on.
struct AffinityRuleEdit {
  std::optional<bool> enabled;
  std::optional<bool> enforcing;
  std::optional<bool> positive;
};

struct AffinityGroupEdit {
  std::optional<std::string> name;
  std::optional<std::string> description = std::nullopt;
  AffinityRuleEdit hosts_rule;
  AffinityRuleEdit vms_rule;
  std::optional<double> priority;
  std::optional<std::vector<VmId>> vms;
  std::optional<std::vector<NodeId>> hosts;
};

// `group` is AffinityGroup::id, which a rename does not change.
struct AddAffinityGroup {
  AffinityGroupEdit group;  // without a name: 400
};
struct UpdateAffinityGroup {
  std::string group;
  AffinityGroupEdit edit;
};
struct RemoveAffinityGroup {
  std::string group;
};
struct AddVmToAffinityGroup {
  std::string group;
  VmId vm;
};
struct RemoveVmFromAffinityGroup {
  std::string group;
  VmId vm;
};
struct AddHostToAffinityGroup {
  std::string group;
  NodeId host;
};
struct RemoveHostFromAffinityGroup {
  std::string group;
  NodeId host;
};

// PUT clusters/{id}. A fencing policy is replaced as a whole: what its element lacks gets oVirt's
// default (FencingPolicyMapper), which is FencingPolicy's.
struct UpdateCluster {
  std::optional<OnHostError> on_error;
  std::optional<FencingPolicy> fencing;
};

// PUT vms/{id} with placement_policy.
struct SetVmPlacement {
  VmId vm;
  std::optional<MigrationMode> affinity;
  std::optional<std::vector<NodeId>> hosts;
};

}  // namespace splitsite::reference
