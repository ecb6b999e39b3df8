// Who plays: the roles of a scenario resolved once against the lab's description.
#pragma once

#include <string>
#include <vector>

#include "harness/lab/description/lab_config.hpp"
#include "harness/verdict/movement.hpp"

namespace splitsite {

struct Cast {
  SiteId primary;
  SiteId secondary;
  NodeSet primary_hosts;
  NodeSet secondary_hosts;
  std::vector<VmId> all_vms;
  std::vector<VmId> movers;    // HA with lease, at home in the primary site
  std::vector<VmId> locals;    // HA with lease, at home in the secondary site
  std::vector<VmId> controls;  // without HA or lease, at home in the primary site
  std::vector<std::string> leases;
};

Cast cast_of(const LabConfig& config);

}  // namespace splitsite
