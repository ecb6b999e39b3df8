// One HA agent: gathers what it can see, lets the core decide, does what was decided, and tells the
// others through its block and its own host through a report.
#pragma once

#include <string>

#include "harness/time/clock.hpp"
#include "topologies/reference/ha_agent/core/decide.hpp"
#include "topologies/reference/ha_agent/edge/ports.hpp"
#include "topologies/reference/ha_agent/edge/storage_thread.hpp"

namespace splitsite::reference::ha {

struct Identity {
  Rules rules;
  std::string hostname;
};

class Agent {
 public:
  Agent(Identity identity, const Ports& ports, StorageThread& storage, Clock& clock);

  // One turn of the loop; returns how long to wait for the next.
  Duration turn();
  // The last word: stopped, score 0. Written by the storage thread, if storage lets it.
  void stop();

  const AgentState& state() const { return state_; }

 private:
  Observation look();
  // None while the agent may not use the whiteboard; then why, in `why_not`.
  std::optional<Whiteboard> whiteboard(const Observation& seen, std::string& why_not);
  bool carry_out(Action action);
  bool order(const rpc::Request& request, rpc::Code acceptable);
  void tell();

  const Identity identity_;
  Ports ports_;
  StorageThread& storage_;
  Clock& clock_;
  AgentState state_;
  EngineVm vm_before_ = EngineVm::Down;
  std::optional<rpc::HostStats> stats_;  // of this turn; none: the daemon does not answer
};

}  // namespace splitsite::reference::ha
