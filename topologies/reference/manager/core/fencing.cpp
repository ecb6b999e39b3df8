#include "topologies/reference/manager/core/fencing.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/core/fence_events.hpp"
#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/not_responding.hpp"
#include "topologies/reference/manager/core/power_operation.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

using Kind = ProxyAnswer::Kind;

void finish(Change& change, HostState& host, const ProxyAnswer& answer);

void end_flow(HostState& host, bool succeeded) {
  host.fencing.flow.reset();
  host.fencing.succeeded = succeeded;
}

void move(Change& change, HostState& host, PowerAction action) {
  say_power_started(change, host, action);
  FenceFlow& flow = *host.fencing.flow;
  const auto answer = begin_power(change, host, action, flow.power);
  if (answer) finish(change, host, *answer);
}

void take_power(Change& change, HostState& host) {
  FenceFlow& flow = *host.fencing.flow;
  flow.step = FenceStep::TakingPower;
  flow.before = host.status;
  // Set at once (BZ636950, BZ656224). A restart is never Down: a Manager that dies between the two
  // halves would not look at the host again (BZ605215).
  change.set_status(host, flow.goal == FenceGoal::Stop ? HostStatus::Down : HostStatus::Reboot);
  move(change, host, PowerAction::Off);
}

void give_power(Change& change, HostState& host) {
  FenceFlow& flow = *host.fencing.flow;
  flow.step = FenceStep::GivingPower;
  if (flow.goal == FenceGoal::Start) flow.before = host.status;
  if (flow.to_maintenance) {
    change.set_status(host, HostStatus::Maintenance);
  } else if (host.status != HostStatus::Maintenance) {
    change.set_status(host, HostStatus::Reboot);
  }
  move(change, host, PowerAction::On);
}

// FenceVdsManualy inside RestartVds: "already rebooted".
void declare_fenced(Change& change, HostState& host) {
  const bool released = release_spm_of_fenced(change, host);
  change.audit(
      released ? 539 : 540, released ? Severity::Normal : Severity::Error,
      fmt::format("Auto fence for host {} {}.", host.name, released ? "was started" : "failed"),
      {.host = host.name});
}

void power_taken(Change& change, HostState& host) {
  host.fencing.reboot_until.reset();
  clear_vms(change, host);
  say_stopped(change, host);
  if (host.fencing.flow->goal == FenceGoal::Stop) return end_flow(host, true);
  declare_fenced(change, host);
  give_power(change, host);
}

void power_given(Change& change, HostState& host) {
  say_started(change, host);
  if (host.status == HostStatus::Reboot) {
    host.fencing.reboot_until = change.now + change.state.timing.server_reboot_timeout;
    host.fencing.next_reach_check = change.now + change.state.timing.server_reboot_sleep_time;
    host.fencing.reached = false;
  }
  end_flow(host, true);
}

void power_not_changed(Change& change, HostState& host, const ProxyAnswer& answer) {
  const FenceFlow flow = *host.fencing.flow;
  end_flow(host, false);
  const bool half_done = flow.goal != FenceGoal::Start && flow.step == FenceStep::GivingPower;
  change.set_status(host, half_done ? HostStatus::NonResponsive : flow.before);
  if (answer.kind == Kind::Skipped) return say_skipped_by_policy(change, host);
  say_power_failed(change, host, flow, answer.why);
}

void status_asked(Change& change, HostState& host, const ProxyAnswer& answer) {
  CommandReply reply{.power = answer.power};
  if (answer.kind == Kind::Failed) {
    reply.reason =
        fmt::format("Failed to get the power status of host {}: {}", host.name, answer.why);
  }
  change.late_replies.push_back({.number = host.fencing.flow->reply, .reply = std::move(reply)});
  host.fencing.flow.reset();
}

void finish(Change& change, HostState& host, const ProxyAnswer& answer) {
  const FenceStep step = host.fencing.flow->step;
  if (step == FenceStep::Asking) return status_asked(change, host, answer);
  if (step == FenceStep::AskingPower) {
    const bool off = answer.kind == Kind::Done && answer.power == PowerStatus::Off;
    return power_status_before_soft_fencing(change, host, off);
  }
  if (answer.kind != Kind::Done) return power_not_changed(change, host, answer);
  say_power_changed(change, host,
                    step == FenceStep::TakingPower ? PowerAction::Off : PowerAction::On);
  step == FenceStep::TakingPower ? power_taken(change, host) : power_given(change, host);
}

// True when the flow's next move is up to the power operation.
bool moves_power(FenceStep step) {
  return step != FenceStep::RestartingDaemon && step != FenceStep::AwaitingUp &&
         step != FenceStep::AwaitingLease;
}

void watch_reboot(Change& change, HostState& host) {
  HostFencing& fencing = host.fencing;
  // A flow that fails returns to Reboot, and then the window it found is still there.
  if (!fencing.reboot_until || fencing.flow) return;
  const bool look = change.now >= fencing.next_reach_check;
  const bool over = change.now >= *fencing.reboot_until || (look && fencing.reached);
  if (look) fencing.next_reach_check = change.now + change.state.timing.server_reboot_sleep_time;
  fencing.reached = fencing.reached && !look;
  if (!over) return;
  fencing.reboot_until.reset();
  // In both cases as oVirt has it: monitoring takes the host up from there, or leaves it so.
  if (host.status == HostStatus::Reboot) change.set_status(host, HostStatus::NonResponsive);
}

}  // namespace

bool is_in_quarantine(const ClusterState& state, const HostState& host, Instant now) {
  return now < state.started + state.timing.disable_fence_at_startup &&
         state.previous_engine_host != host.name;
}

void restart_by_proxy(Change& change, HostState& host) {
  if (find_proxy(change.state, host.name)) return take_power(change, host);
  const FenceFlow flow = *host.fencing.flow;
  end_flow(host, false);
  say_power_failed(change, host, flow, "there is no other host that could be the proxy");
}

void stop_by_proxy(Change& change, HostState& host) { take_power(change, host); }
void start_by_proxy(Change& change, HostState& host) { give_power(change, host); }

void ask_power_status(Change& change, HostState& host) {
  FenceFlow& flow = *host.fencing.flow;
  flow.step = FenceStep::Asking;
  const auto answer = begin_power(change, host, PowerAction::Status, flow.power);
  if (answer) finish(change, host, *answer);
}

void clear_vms(Change& change, const HostState& host) {
  for (auto& [name, vm] : change.state.vms) {
    if (vm.run_on != host.name || vm.status == VmStatus::Down) continue;
    change.audit(
        143, Severity::Normal,
        fmt::format("Vm {} was shut down due to {} host reboot or manual fence", name, host.name),
        {.host = host.name, .vm = name});
    // As RestartVdsVmsOperation does: what had arrived elsewhere must not live on beside a restart.
    const Migration* moving = find_migration(change.state, name);
    if (moving != nullptr) change.order(moving->destination, rpc::DestroyVm{name});
    vm_ended(change, vm, Ending::Error, "its host was fenced");
  }
}

bool release_spm_of_fenced(Change& change, HostState& host) {
  const PoolState& pool = change.state.pool;
  if (change.state.spm_status(host.name) != SpmStatus::Spm) return true;
  const bool idle = pool.status == DataCenterStatus::Problematic ||
                    pool.status == DataCenterStatus::NotOperational ||
                    pool.status == DataCenterStatus::Maintenance;
  if (!idle || !best_candidate(change.state)) return false;
  host.fenced = true;
  reset_spm(change);
  return true;
}

bool is_rebooting(const HostState& host) { return host.status == HostStatus::Reboot; }

void note_reached(HostState& host) { host.fencing.reached = true; }

void fence_call_finished(Change& change, const CallFinished& finished) {
  for (auto& [name, host] : change.state.hosts) {
    if (!host.fencing.flow) continue;
    FenceFlow& flow = *host.fencing.flow;
    if (flow.restart_call == finished.call.id) {
      const auto* reply = std::get_if<rpc::Reply>(&finished.outcome);
      const bool done = reply != nullptr && std::holds_alternative<rpc::Done>(*reply);
      return daemon_restart_finished(change, host, done);
    }
    if (const auto answer = power_answered(change, host, flow.power, finished)) {
      return finish(change, host, *answer);
    }
  }
}

void watch_fencing(Change& change) {
  treat_after_quarantine(change);
  for (auto& [name, host] : change.state.hosts) {
    watch_reboot(change, host);
    if (!host.fencing.flow) continue;
    if (!moves_power(host.fencing.flow->step)) {
      watch_treatment(change, host);
    } else if (const auto answer = watch_power(change, host, host.fencing.flow->power)) {
      finish(change, host, *answer);
    }
  }
}

}  // namespace splitsite::reference
