// What the HA agent knows and what it sees: plain values. The states are those of
// ovirt-hosted-engine-ha (agent/states.py), under its names.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/time/clock.hpp"
#include "topologies/reference/ha_agent/core/engine_status.hpp"

namespace splitsite::reference::ha {

enum class Phase {
  StartState,
  ReinitializeFSM,
  UnknownLocalVmState,
  GlobalMaintenance,
  LocalMaintenance,
  EngineDown,
  EngineStart,
  EngineStarting,
  EngineUp,
  EngineUpBadHealth,
  EngineMaybeAway,
  EngineUnexpectedlyDown,
  EngineStop,
  EngineForceStop,
  AgentStopped,
};
std::string_view to_string(Phase phase);  // "EngineUpBadHealth"

// What another host's block on the whiteboard says.
struct Peer {
  int host_id = 0;
  std::int64_t timestamp = 0;  // by that host's own clock: only ever compared with itself
  int score = 0;
  EngineStatus engine;
  std::string hostname;
  bool maintenance = false;
  bool stopped = false;
};

// The shared storage as it was last read, this host's own block left out.
struct Whiteboard {
  bool global_maintenance = false;
  std::vector<Peer> peers;                // whose block can be read
  std::map<int, std::string> unreadable;  // why not
};

// What the agent measures on its own host.
struct LocalReadings {
  double network = 1.0;                     // share of the network tests that passed
  bool management_link = true;              // up
  std::optional<std::int64_t> memory_free;  // MiB
  std::optional<double> cpu_load;           // 0 … 1, without the engine VM's share
  bool configuration_up_to_date = true;     // of the engine VM, against the lab's description
  EngineStatus engine;
  bool local_maintenance = false;
};

struct Observation {
  LocalReadings local;
  std::optional<Whiteboard> whiteboard;  // none: storage failed or is overdue
  std::string storage_error;             // then why
};

// One look of the past: for who is alive, and for the load over fifteen minutes.
struct Snapshot {
  Instant at{};
  std::optional<double> cpu_load;
  std::map<int, std::int64_t> timestamps;
};

struct AgentState {
  Phase phase = Phase::StartState;
  std::optional<Instant> timeout_start;  // of phases that end by themselves
  std::deque<Snapshot> history;          // newest first
  LocalReadings local;
  Whiteboard whiteboard;
  std::string storage_error;
  std::set<int> alive;  // peers
  EngineStatus best_engine;
  int best_engine_host = 0;
  std::optional<Peer> best_candidate;  // the alive peer with the highest score above 0
  int retries = 0;                     // VM.create that was refused
  std::optional<Instant> last_retry;
  Instant updated{};
};

}  // namespace splitsite::reference::ha
