// PUT of VMs and clusters, and all edits of affinity groups: only what differs from what is becomes
// a command (facts 7.4 to 7.6).
#pragma once

#include <pugixml.hpp>
#include <string>

#include "topologies/reference/manager/api/actions.hpp"

namespace splitsite::reference {

// `is` is the VM as it is shown.
CommandsOrFault vm_edits(const ClusterState& state, const VmState& vm, const pugi::xml_node& asked,
                         const pugi::xml_node& is);
CommandsOrFault cluster_edits(const ClusterState& state, const pugi::xml_node& asked);

// POST, PUT and DELETE below clusters/{id}/affinitygroups; `path` is a route's.
CommandsOrFault group_commands(const ClusterState& state, const Path& path,
                               const std::string& method, const pugi::xml_document& body);

}  // namespace splitsite::reference
