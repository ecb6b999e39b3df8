// One VM as the Manager knows it, with the start attempt or HA restart it waits for (fact 2).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/lab/description/vm_config.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/status.hpp"

namespace splitsite::reference {

// One attempt to start a VM, from the scheduler's choice to the target's report.
struct StartAttempt {
  NodeId host;
  std::uint64_t call = 0;          // the VM.create
  std::optional<Instant> created;  // when VM.create answered; reports asked for earlier say nothing
  std::set<NodeId> tried;          // hosts this attempt failed on, `host` not included
  bool by_user = false;
};

// In the HA runner's queue, until it is Up again or needs no restart any more (fact 2.3).
struct HaRestart {
  Instant next_try{};
  int tries = 0;
  Duration blocked{};  // how long it has waited for VMs of higher priority, in all
  std::optional<Instant> blocked_since;
};

// A lease that is being written or removed by the SPM, an asynchronous task (fact 2.4).
struct LeaseTask {
  bool adds = true;
  std::uint64_t call = 0;
};

// What was edited while the VM ran and counts from its next start.
struct NextRun {
  ResumeBehaviour resume_behaviour = ResumeBehaviour::AutoResume;
};

struct VmState {
  VmId name;
  SiteId home;
  bool highly_available = false;
  bool lease = false;
  int priority = 1;  // 0 … 100
  int memory_mib = 0;
  ResumeBehaviour resume_behaviour = ResumeBehaviour::AutoResume;  // HA with lease: always Kill
  MigrationMode migration_mode = MigrationMode::Migratable;        // placement_policy/affinity
  std::vector<NodeId> preferred_hosts;  // placement_policy/hosts; a pinned VM runs nowhere else
  VmStatus status = VmStatus::Down;
  std::string status_detail;       // pause reason: "eio"
  std::string stop_reason;         // what the user said who stopped it last
  bool ended_with_error = false;   // the last stop was no wish of a user or a guest (fact 2.3)
  std::optional<NodeId> run_on;    // kept while unknown, even while a restart elsewhere waits
                                   // for the lease (fact 2.2)
  Instant placed{};                // when run_on was last set, or the host was told to stop it
  std::optional<Instant> started;  // API's start_time
  std::optional<Instant> stopped;  // API's stop_time
  std::optional<StartAttempt> start;
  std::optional<HaRestart> ha_restart;
  std::optional<LeaseTask> lease_task;
  std::optional<NextRun> next_run;
  std::uint64_t resume_call = 0;  // the last VM.cont, unless it failed
  bool user_stop = false;         // a stop or shutdown was asked for, and is not over yet
  bool stop_by_force = false;     // of user_stop: a stop, not a shutdown
  std::uint64_t stop_call = 0;    // of user_stop: the order not answered yet; 0: none
};

}  // namespace splitsite::reference
