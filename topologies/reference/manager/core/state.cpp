#include "topologies/reference/manager/core/state.hpp"

#include <algorithm>

namespace splitsite::reference {

SpmStatus ClusterState::spm_status(const NodeId& host) const {
  if (pool.spm != host) return SpmStatus::None;
  return pool.status == DataCenterStatus::Contend ? SpmStatus::Contending : SpmStatus::Spm;
}

int ClusterState::vms_on(const NodeId& host) const {
  return static_cast<int>(std::count_if(vms.begin(), vms.end(), [&](const auto& entry) {
    return entry.second.run_on == host && entry.second.status != VmStatus::Down;
  }));
}

}  // namespace splitsite::reference
