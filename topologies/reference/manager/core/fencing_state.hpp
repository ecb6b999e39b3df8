// Where the fencing of one host stands: at most one flow at a time (fact 3.2, 7.3). Steps that in
// oVirt are a sleeping thread are here a step and the instant of its next look.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/id.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/status.hpp"

namespace splitsite::reference {

enum class PowerAction { Status, Off, On };
enum class PowerStatus { Unknown, On, Off };

// VDSM's words: "status", "off", "on"; "unknown", "on", "off".
std::string_view to_string(PowerAction action);
std::string_view to_string(PowerStatus status);

// One fenceNode asked of a proxy host and, when that fails, of another (FenceAgentExecutor).
struct ProxyCall {
  PowerAction action = PowerAction::Status;
  std::optional<NodeId> proxy;  // the one asked last
  bool second = false;          // the first proxy failed, another one is looked for or asked
  int searches_left = 0;        // while no host can be the proxy
  Instant next_search{};
  std::uint64_t call = 0;  // 0: a proxy is still looked for
};

// Power taken, given or asked for, until the controller says it is so (SingleAgentFenceAction…).
struct PowerOperation {
  PowerAction wanted = PowerAction::Status;
  bool polling = false;  // the change was ordered: `ask` is about the status now
  int orders_left = 0;   // power that did not come is ordered once more
  int polls_left = 0;
  Instant next_poll{};  // while no question is open
  std::optional<ProxyCall> ask;
};

enum class FenceGoal { Treatment, Restart, Stop, Start, Status };

enum class FenceStep {
  AskingPower,       // soft fencing does not go to a host whose power is off
  RestartingDaemon,  // soft fencing
  AwaitingUp,
  AwaitingLease,  // skip_if_sd_active: until the host's lease can have told
  TakingPower,
  GivingPower,
  Asking,  // fence_type=status
};

struct FenceFlow {
  FenceGoal goal = FenceGoal::Treatment;
  FenceStep step = FenceStep::AskingPower;
  Instant until{};  // of AwaitingUp and AwaitingLease
  PowerOperation power;
  std::uint64_t restart_call = 0;
  HostStatus before = HostStatus::NonResponsive;  // what a failed change of power returns to
  bool to_maintenance = false;
  std::uint64_t reply = 0;  // who waits for the status; 0: nobody
};

struct HostFencing {
  std::string controller;  // address of the host's power controller; empty: it has none
  std::optional<FenceFlow> flow;
  bool succeeded = false;  // the change of power that ended last
  // While a host boots: network errors say nothing (ServerRebootTimeout).
  std::optional<Instant> reboot_until;
  Instant next_reach_check{};
  bool reached = false;  // it has answered since the last look
};

// How to talk to the lab's power controllers, the same for all.
struct FenceAgentConfig {
  std::string agent;  // "splitsite"
  std::string username;
  std::string password;
  int port = 0;  // TCP
};

}  // namespace splitsite::reference
