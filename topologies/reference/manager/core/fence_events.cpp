#include "topologies/reference/manager/core/fence_events.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite::reference {
namespace {

const char* verb(PowerAction action) { return action == PowerAction::Off ? "stop" : "start"; }

bool is_treatment(const HostState& host) { return host.fencing.flow->goal == FenceGoal::Treatment; }

const char* who(const HostState& host) { return is_treatment(host) ? "SYSTEM" : "admin@internal"; }

void say(Change& change, const HostState& host, int code, Severity severity, std::string text) {
  change.audit(code, severity, std::move(text), {.host = host.name});
}

struct Failure {
  int code;
  const char* text;
};

Failure failure_of(FenceGoal goal) {
  switch (goal) {
    case FenceGoal::Stop:
      return {137, "Failed to stop Host {}, (User: admin@internal)."};
    case FenceGoal::Start:
      return {118, "Failed to start Host {}, (User: admin@internal)."};
    case FenceGoal::Restart:
      return {107, "Failed to restart Host {}, (User: admin@internal)."};
    case FenceGoal::Treatment:
    case FenceGoal::Status:
      break;
  }
  return {122, "A restart initiated by the engine to Host {} has failed."};
}

}  // namespace

void say_power_started(Change& change, const HostState& host, PowerAction action) {
  say(change, host, 9017, Severity::Normal,
      fmt::format("Power management {} of Host {} initiated.", verb(action), host.name));
}

void say_power_changed(Change& change, const HostState& host, PowerAction action) {
  say(change, host, 9018, Severity::Normal,
      fmt::format("Power management {} of Host {} succeeded.", verb(action), host.name));
}

void say_stopped(Change& change, const HostState& host) {
  say(change, host, 21, Severity::Normal,
      fmt::format("Host {} was stopped by {}.", host.name, who(host)));
}

void say_started(Change& change, const HostState& host) {
  say(change, host, 20, Severity::Normal,
      fmt::format("Host {} was started by {}.", host.name, who(host)));
  if (host.fencing.flow->goal == FenceGoal::Restart) {
    say(change, host, 41, Severity::Normal,
        fmt::format("Host {} was restarted by admin@internal.", host.name));
  }
  if (!is_treatment(host)) return;
  say(change, host, 121, Severity::Normal,
      fmt::format("Host {} was restarted by the engine.", host.name));
  say(change, host, 14, Severity::Normal, fmt::format("Host {} is rebooting.", host.name));
}

void say_power_failed(Change& change, const HostState& host, const FenceFlow& flow,
                      const std::string& why) {
  say(change, host, 9019, Severity::Error,
      fmt::format("Power management {} of Host {} failed: {}.",
                  flow.step == FenceStep::GivingPower ? "start" : "stop", host.name, why));
  say(change, host, 9002, Severity::Alert,
      fmt::format("Failed to power fence host {}. Please check the host status and it's power "
                  "management settings, and then manually reboot it and click \"Confirm Host Has "
                  "Been Rebooted\"",
                  host.name));
  const Failure failure = failure_of(flow.goal);
  say(change, host, failure.code, Severity::Error,
      fmt::format(fmt::runtime(failure.text), host.name));
  if (flow.goal != FenceGoal::Treatment) return;
  say(change, host, 19, Severity::Error, fmt::format("Host {} failed to recover.", host.name));
}

void say_skipped_by_policy(Change& change, const HostState& host) {
  say(change, host, 9014, Severity::Alert,
      fmt::format("Host {} became non responsive and was not restarted due to the Cluster Fencing "
                  "Policy.",
                  host.name));
}

long quiet_seconds_left(const ClusterState& state, const NodeId& host, int code, Instant now) {
  const auto last = std::find_if(
      state.events.rbegin(), state.events.rend(),
      [&](const AuditEvent& event) { return event.code == code && event.host == host; });
  if (last == state.events.rend()) return 0;
  const Duration left = last->at + state.timing.fence_quiet_time_between_operations - now;
  return std::max(0L, static_cast<long>(std::chrono::ceil<std::chrono::seconds>(left).count()));
}

}  // namespace splitsite::reference
