#include <fmt/format.h>

#include "topologies/reference/manager/core/edits.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/refusals.hpp"

namespace splitsite::reference {

CommandReply update_cluster(Change& change, const UpdateCluster& command) {
  ClusterPolicy& policy = change.state.policy;
  if (command.fencing) {
    const int threshold = command.fencing->connectivity_threshold;
    if (threshold < 0 || threshold > 100) {
      return bad_request("Cannot edit Cluster. The threshold must be between 0 and 100.");
    }
    policy.fencing = *command.fencing;
  }
  if (command.on_error) policy.on_error = *command.on_error;
  change.audit(811, Severity::Normal,
               fmt::format("Host cluster {} was updated by admin@internal", change.state.cluster));
  return accepted();
}

// Both can be changed while the VM runs; what runs where it may not is left there.
CommandReply set_vm_placement(Change& change, const SetVmPlacement& command) {
  VmState& vm = change.state.vms.at(command.vm);
  if (const auto refusal = engine_edit_refused(vm, command)) return *refusal;
  if (command.hosts) {
    for (const NodeId& host : *command.hosts) {
      if (change.state.hosts.count(host) == 0) {
        return bad_request(fmt::format("Cannot edit VM. Host {} does not exist.", host));
      }
    }
    vm.preferred_hosts = *command.hosts;
  }
  if (command.affinity) vm.migration_mode = *command.affinity;
  change.audit(35, Severity::Normal,
               fmt::format("VM {} configuration was updated by admin@internal.", vm.name),
               {.vm = vm.name});
  return accepted();
}

}  // namespace splitsite::reference
