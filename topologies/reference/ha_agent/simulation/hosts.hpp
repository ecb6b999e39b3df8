// Four hosts with HA agents, one shared disk and sanlock's rules, in virtual time: the agents are
// the real ones, and so are the blocks they write; hosts, storage and the engine VM are simulated.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "topologies/reference/ha_agent/core/decide.hpp"
#include "topologies/reference/manager/simulation/lockspace.hpp"

namespace splitsite::reference::ha {

struct SimulatedHost {
  Rules rules;
  std::string name;
  bool powered = true;
  bool agent_runs = true;
  bool storage_works = true;
  bool guest_obeys = true;        // a shutdown
  bool engine_can_get_up = true;  // its page answers once it has booted
  LocalReadings local{.memory_free = 1000};
  AgentState agent;
  EngineVm vm_before = EngineVm::Down;
  std::optional<rpc::VmReport> vm;  // as the host daemon lists it
  Instant vm_since{};               // of its status
  Instant next_turn{};
  Instant booted{};
};

struct Start {
  Instant at{};
  int host_id = 0;
};

class SimulatedHosts {
 public:
  SimulatedHosts();

  void run(Duration time);
  SimulatedHost& host(int host_id) { return hosts_.at(host_id); }
  void power_off(int host_id);
  void power_on(int host_id);
  void set_global_maintenance(bool set);
  void tear_block(int host_id);  // of its next write, only the first half arrives
  // Live, as the Manager orders it: takes ten seconds, and what is left on the source is destroyed
  // a moment later.
  void migrate_engine(int from, int to);
  // Ends the engine's process: as sanlock, or a user in the guest, would.
  void end_engine(int host_id, rpc::ExitReason reason);

  Instant now() const { return now_; }
  int engine_host() const;                                      // where its QEMU runs; 0: nowhere
  const std::vector<Start>& starts() const { return starts_; }  // QEMU processes begun
  int most_engines() const { return most_engines_; }            // that ever ran at once
  const AgentState& agent(int host_id) const { return hosts_.at(host_id).agent; }
  int score_of(int host_id) const;

 private:
  void one_second();
  void finish_migration();
  void keep_lease(SimulatedHost& host);
  void advance_vm(SimulatedHost& host);
  void turn(SimulatedHost& host);
  bool carry_out(SimulatedHost& host, Action action);
  void publish(SimulatedHost& host);
  void set_status(SimulatedHost& host, rpc::VmPhase status);
  void count_engines();

  TimingConfig timing_;
  SimulatedLockspace lockspace_;
  std::map<int, SimulatedHost> hosts_;
  std::optional<std::pair<int, int>> migration_;  // from, to
  Instant migration_since_{};
  std::string area_;  // the whiteboard on the shared disk
  int torn_ = 0;
  Instant now_{};
  std::vector<Start> starts_;
  int most_engines_ = 0;
};

}  // namespace splitsite::reference::ha
