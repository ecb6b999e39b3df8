// The Manager's memory when it starts: everything the lab describes, nothing it has seen yet.
#pragma once

#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

struct ManagerOptions {
  std::uint64_t seed = 1;                   // ties in SPM selection and scheduling
  bool unsafe_start_without_lease = false;  // tests of the oracles only
};

// All hosts Unassigned, all VMs Down: no VM is started before somebody asks for it.
ClusterState initial_state(const LabConfig& lab, const ManagerOptions& options, Instant now);

}  // namespace splitsite::reference
