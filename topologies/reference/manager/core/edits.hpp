// What REST may change about affinity groups, the cluster and a VM's placement, with oVirt's
// refusals (ovirt-engine AffinityGroupCRUDCommand and its heirs, UpdateClusterCommand,
// UpdateVmCommand). A refused edit changes nothing.
#pragma once

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

CommandReply add_affinity_group(Change& change, const AddAffinityGroup& command);
CommandReply update_affinity_group(Change& change, const UpdateAffinityGroup& command);
CommandReply remove_affinity_group(Change& change, const RemoveAffinityGroup& command);
CommandReply add_member(Change& change, const AddVmToAffinityGroup& command);
CommandReply add_member(Change& change, const AddHostToAffinityGroup& command);
CommandReply remove_member(Change& change, const RemoveVmFromAffinityGroup& command);
CommandReply remove_member(Change& change, const RemoveHostFromAffinityGroup& command);
CommandReply update_cluster(Change& change, const UpdateCluster& command);
CommandReply set_vm_placement(Change& change, const SetVmPlacement& command);

}  // namespace splitsite::reference
