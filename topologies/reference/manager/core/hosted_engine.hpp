// What the Manager makes of the HA agents of its own self-hosted engine (facts 4.1, 4.3, 7.3): who
// can run the engine's VM, local maintenance on the way into and out of service, and what may not
// be done to that VM. Keeping it alive is the agents' business, never the Manager's.
#pragma once

#include <optional>
#include <string>

#include "topologies/reference/manager/core/change.hpp"

namespace splitsite::reference {

// VDSM's haStats; a standard host has none (SHE-3).
void take_ha_report(HostState& host, const rpc::HaStats& stats);

// A host other than this one that could take the engine's VM now (ovirt-engine
// HostedEngineHelper.haveHostsAvailableForHE).
bool engine_could_leave(const ClusterState& state, const NodeId& host);
bool engine_runs_on(const ClusterState& state, const NodeId& host);

// The filter "HA" of the scheduler, of the engine's VM: only hosts with an agent and a score above
// 0, and not so far below the present host that its agents would move it back
// (HostedEngineHAClusterFilterPolicyUnit).
bool may_run_engine(const ClusterState& state, const VmState& engine, const HostState& host);
// The weight of the same name; lower is better.
int ha_weight(const HostState& host);

// Orders local maintenance of a host with an agent; true while its VMs have to wait for the answer.
// oVirt sets it before it moves the VMs, and moves none if that fails on the engine's host.
bool begin_local_maintenance(Change& change, HostState& host, bool by_user);
// A host that answers again, before it is Up (InitVdsOnUpCommand).
void end_local_maintenance(Change& change, HostState& host);
void ha_maintenance_finished(Change& change, const CallFinished& finished);
// A host that is not talked to goes into maintenance: its agent could not be told (event 10453).
void say_ha_maintenance_failed(Change& change, const HostState& host, bool by_user);

// What oVirt allows nobody to do to the engine's VM (VmActionByVmOriginTypeValidator); nothing for
// every other VM. `action` as in "Cannot stop VM.".
std::optional<CommandReply> not_managed(const VmState& vm, const std::string& action);
// The same of edits: high availability, and all that UpdateVmCommand keeps locked.
std::optional<CommandReply> engine_edit_refused(const VmState& vm, const EditVm& edit);
std::optional<CommandReply> engine_edit_refused(const VmState& vm, const SetVmPlacement& edit);

}  // namespace splitsite::reference
