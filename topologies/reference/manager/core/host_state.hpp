// One host as the Manager knows it: status, last contact, what it said about its storage (fact 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/id.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/fencing_state.hpp"
#include "topologies/reference/manager/core/status.hpp"

namespace splitsite::reference {

// What the host's daemon last said about its storage (fact 3.3).
struct HostStorage {
  bool connected = false;         // StoragePool.connect was asked and its LUN is there
  bool lockspace_joined = false;  // sanlock holds the host id: VMs with leases can start here
  std::string error;              // empty: the storage domain can be read
};

// What the host's HA agent says about the self-hosted engine (fact 7.3); hosts without an agent are
// standard hosts and have none.
struct HostedEngineInfo {
  bool active = false;  // the agent runs
  int score = 0;
  bool global_maintenance = false;
  bool local_maintenance = false;
};

// A Host.setHaMaintenanceMode that is not answered yet (fact 4.3).
struct HaMaintenanceOrder {
  std::uint64_t call = 0;
  bool set = true;        // or cleared: the host is about to be Up
  bool by_user = false;   // whose wish the host's maintenance is
  bool vms_wait = false;  // the engine's VM is on it: nothing moves before the agent knows
};

struct HostState {
  NodeId name;
  SiteId site;
  std::string address;  // of the host daemon: "10.77.0.11"
  int host_id = 0;      // sanlock's
  int cpus = 1;
  bool power_management = false;
  std::optional<HostedEngineInfo> hosted_engine;
  std::optional<HaMaintenanceOrder> ha_maintenance_order;
  int spm_priority = 5;  // -1 (never) … 10 (fact 1.1)
  HostStatus status = HostStatus::Unassigned;
  std::string status_detail;       // why it is non_operational; empty otherwise
  std::string maintenance_reason;  // what the user said who sent it there
  Instant status_since{};
  std::optional<Instant> last_contact;     // none before the first answer
  int failed_attempts = 0;                 // network exceptions since the last answer (fact 3.1)
  int exceptions_until_lease_restart = 0;  // counts down while non_responsive (fact 2.1)
  bool fenced = false;  // the SPM was rebooted, or so it was said; ends with the next one selected
  HostStatus before_connecting = HostStatus::Unassigned;  // what a short silence returns to
  bool wants_maintenance = false;  // deactivation waits for the SPM role to be given up
  Instant next_maintenance_try{};  // of moving VMs away, while preparing for it (fact 4.3)
  std::uint64_t connect_call = 0;  // the StoragePool.connect not answered yet; 0: none
  // Initializing: its daemon answers, and its storage is being connected since then; none while the
  // daemon says that it recovers (fact 3.1).
  std::optional<Instant> connecting_storage;
  std::string boot_id;
  std::int64_t memory_free_mib = 0;
  std::int64_t memory_total_mib = 0;
  double cpu_load = 0;  // of one minute
  HostStorage storage;
  HostFencing fencing;
};

}  // namespace splitsite::reference
