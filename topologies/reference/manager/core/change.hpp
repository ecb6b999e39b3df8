// One step in the making: the rules write their orders and audit events here. Lives only inside
// step(), so that rules stay plain functions of what they are given.
#pragma once

#include <string>
#include <vector>

#include "topologies/reference/manager/core/input.hpp"

namespace splitsite::reference {

// What an audit event is about; both may be absent.
struct About {
  std::optional<NodeId> host = std::nullopt;
  std::optional<VmId> vm = std::nullopt;
};

class Change {
 public:
  Change(ClusterState& changed, Instant at) : state(changed), now(at) {}

  ClusterState& state;
  const Instant now;
  std::vector<Call> calls;
  std::vector<AuditEvent> events;
  std::optional<CommandContext> context;  // while a command is judged
  std::vector<LateReply> late_replies;
  bool vms_moved = false;  // one is at another place now, or at none

  // Returns the call's id, which is never 0.
  std::uint64_t order(const NodeId& host, rpc::Request request);
  // Carries the context of the command that is judged, or of the open job about the same thing.
  void audit(int code, Severity severity, std::string text, About about = {});
  // As audit(), unless the same was said about the same thing within `interval`: oVirt limits the
  // rate of some events (the intervals in its AuditLogType).
  void audit_at_most_every(Duration interval, int code, Severity severity, std::string text,
                           About about = {});
  // 0 … bound-1 from the state's generator: the same state and inputs make the same draws.
  std::size_t draw(std::size_t bound);

  HostState& host(const NodeId& name) { return state.hosts.at(name); }
  void set_status(HostState& host, HostStatus status);
};

bool is_up(const ClusterState& state, const NodeId& host);
// VMs in the order HA treats them: by priority, highest first, then by name (fact 2.1).
std::vector<VmState*> by_priority(ClusterState& state);

}  // namespace splitsite::reference
