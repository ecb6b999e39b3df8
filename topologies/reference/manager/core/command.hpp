// What the outside may ask of the Manager, and what it is told. Validation happens when the command
// is taken; the work itself shows in later snapshots, as in oVirt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "harness/core/id.hpp"
#include "topologies/reference/manager/core/edit_command.hpp"
#include "topologies/reference/manager/core/fencing_state.hpp"
#include "topologies/reference/manager/core/status.hpp"
#include "topologies/reference/manager/core/vm_state.hpp"

namespace splitsite::reference {

struct ActivateHost {
  NodeId host;
};
struct DeactivateHost {
  NodeId host;
  std::string reason;
};
// fence_type of the action fence (fact 7.3). Manual: "confirm host has been rebooted". Status is
// answered late, when the host's power controller has spoken.
enum class FenceType { Manual, Restart, Start, Stop, Status };
struct FenceHost {
  NodeId host;
  FenceType type = FenceType::Manual;
  bool maintenance_after_restart = false;
};
struct ForceSelectSpm {
  NodeId host;
};
// PUT hosts/{id} with spm/priority.
struct SetSpmPriority {
  NodeId host;
  int priority = 5;  // -1 … 10, else 400
};
struct StartVm {
  VmId vm;
  std::optional<NodeId> host = std::nullopt;  // placement wish of this start; none: scheduler
};
struct StopVm {
  VmId vm;
  std::string reason = {};
};
struct ShutdownVm {
  VmId vm;
  std::string reason = {};
};
struct MigrateVm {
  VmId vm;
  std::optional<NodeId> host = std::nullopt;
  bool force = false;  // a VM that only a user may migrate goes, too
};
struct RebootVm {
  VmId vm;
};
struct CancelMigration {
  VmId vm;
};
// PUT vms/{id}: members that are absent stay as they are (fact 7.4). 409 for a lease without high
// availability; 400 for a lease change without a working SPM. A lease is there, or gone, when
// VmState::lease says so: later, as in oVirt.
struct EditVm {
  VmId vm;
  std::optional<bool> highly_available = std::nullopt;
  std::optional<int> priority = std::nullopt;  // 0 … 100, else 400
  std::optional<bool> lease = std::nullopt;
  // Counts from the next start while the VM runs; an HA VM with a lease is always killed.
  std::optional<ResumeBehaviour> resume_behaviour = std::nullopt;
};
// Of the data center: the SPM's tasks that are over. The Manager clears each when it ends (fact
// 1.2), so that none is ever left.
struct CleanFinishedTasks {};
// POST events: a marker in the audit log (fact 7.9).
struct AddEvent {
  std::string description;
  Severity severity = Severity::Normal;
  int code = 9801;  // EXTERNAL_EVENT_NORMAL; 9802 … 9804 for the other severities
  std::string origin = "oVirt";
  int custom_id = -1;
  std::optional<NodeId> host = std::nullopt;  // what it is about
  std::optional<VmId> vm = std::nullopt;
};

using Command =
    std::variant<ActivateHost, DeactivateHost, FenceHost, ForceSelectSpm, SetSpmPriority, StartVm,
                 StopVm, ShutdownVm, MigrateVm, EditVm, AddEvent, AddAffinityGroup,
                 UpdateAffinityGroup, RemoveAffinityGroup, AddVmToAffinityGroup,
                 RemoveVmFromAffinityGroup, AddHostToAffinityGroup, RemoveHostFromAffinityGroup,
                 UpdateCluster, SetVmPlacement, RebootVm, CancelMigration, CleanFinishedTasks>;

// Who asks, and the name the request goes by in events and jobs (header Correlation-Id).
struct CommandContext {
  std::string correlation_id;  // empty: none
  std::string user;            // "admin@internal-authz"; empty: the Manager itself
};

// The answer as the REST layer gives it: 200, or 400, 404, 409 with oVirt's fault element.
struct CommandReply {
  int status = 200;
  std::string reason;  // fault/reason: "Operation Failed"
  std::string detail;  // fault/detail: "[Cannot run VM. There is no host that satisfies …]"
  std::optional<std::uint64_t> job = std::nullopt;  // the command's job, if it has one
  std::optional<PowerStatus> power = std::nullopt;  // of a FenceHost that asks for it; with it, a
                                                    // reason says why the status is not known
  std::uint64_t later = 0;  // not 0: the answer comes as a LateReply of this number

  bool ok() const { return status == 200; }
};

}  // namespace splitsite::reference
