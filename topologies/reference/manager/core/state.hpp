// What the reference Manager knows: plain values, changed only by step(), read by the REST API.
// Names and meanings are oVirt's; "fact n.m" in comments is the section of the fact sheet the rule
// comes from. Times are monotonic; the API turns them into wall-clock time against its own clock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/cluster_policy.hpp"
#include "topologies/reference/manager/core/host_state.hpp"
#include "topologies/reference/manager/core/job_state.hpp"
#include "topologies/reference/manager/core/spm_state.hpp"
#include "topologies/reference/manager/core/status.hpp"
#include "topologies/reference/manager/core/vm_state.hpp"

namespace splitsite::reference {

// One of an affinity group's two rules (fact 7.5).
struct AffinityRule {
  bool enabled = false;
  bool enforcing = false;
  bool positive = false;
};

struct AffinityGroup {
  std::string name;
  std::string id;  // the name it was created with: stays when it is renamed
  std::string description;
  AffinityRule hosts_rule{.enabled = true, .enforcing = false, .positive = true};  // VMs to hosts
  AffinityRule vms_rule;  // VMs to each other
  double priority = 1;    // orders several broken groups (fact 4.1)
  std::vector<VmId> vms;
  std::vector<NodeId> hosts;
  bool broken = false;  // some running VM is where it should not be: "not failed back yet"
};

// A live migration from the order to the destination's report.
struct Migration {
  VmId vm;
  NodeId source;
  NodeId destination;
  Instant since{};
  std::string reason;               // for the audit log; empty: a user asked for it
  bool fixed = false;               // to that destination or nowhere: no other host is tried
  bool cancelled = false;           // by a user: it is over when it has failed
  std::set<NodeId> tried;           // destinations it failed on, `destination` not included
  std::optional<Instant> accepted;  // when VM.migrate answered
};

struct AuditEvent {
  long index = 0;  // 1, 2, 3 … without gaps
  int code = 0;    // AuditLogType (fact 7.9)
  Severity severity = Severity::Normal;
  std::string description;
  std::optional<NodeId> host;
  std::optional<VmId> vm;
  Instant at{};
  std::string correlation_id;    // of the command that caused it; empty: none did
  std::string user;              // who gave that command
  std::string origin = "oVirt";  // markers posted by others have their own
  int custom_id = -1;
};

struct ClusterState {
  std::string data_center = "Default";
  std::string cluster = "Default";
  std::string storage_domain;
  ClusterPolicy policy;
  FenceAgentConfig fence_agent;
  TimingConfig timing;
  DeadSpm dead_spm = DeadSpm::Moves;
  bool unsafe_start_without_lease = false;  // tests of the oracles only
  std::map<NodeId, HostState> hosts;
  std::map<VmId, VmState> vms;
  std::vector<AffinityGroup> affinity_groups;
  std::vector<Migration> migrations;
  PoolState pool;
  std::deque<AuditEvent> events;  // the newest two thousand, oldest first
  long last_event = 0;
  std::deque<Job> jobs;  // oldest first
  std::uint64_t last_job = 0;
  Instant started{};              // when the Manager started
  bool quarantine_ended = false;  // of the start: lost hosts have been treated again (fact 3.2)
  // Of a self-hosted engine: where it ran before it started here (fact 3.2 step 1).
  std::optional<NodeId> previous_engine_host;
  // Of affinity rules (fact 4.2); none until the Manager's first moment.
  std::optional<Instant> next_enforcement;
  Instant next_ha_run{};         // fact 2.3
  Instant next_auto_recovery{};  // fact 3.3
  Instant next_job_cleanup{};
  std::uint64_t last_call = 0;
  std::uint64_t random = 0;  // state of the generator; advances with every draw

  // As REST shows it: computed from the data center, so a dead host may still show `spm` (1.7).
  SpmStatus spm_status(const NodeId& host) const;
  int vms_on(const NodeId& host) const;  // active VMs: run_on it and not down
};

}  // namespace splitsite::reference
