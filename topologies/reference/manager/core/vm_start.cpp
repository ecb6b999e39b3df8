#include "topologies/reference/manager/core/vm_start.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "topologies/reference/manager/core/scheduler.hpp"
#include "topologies/reference/manager/core/vm_edit.hpp"

namespace splitsite::reference {
namespace {

// The VM still runs, as far as anybody knows, where run_on says; the attempt is a restart
// elsewhere.
bool restarts_unknown(const VmState& vm) { return vm.status == VmStatus::Unknown; }

// The oracles must notice a Manager that forgets the lease (test-only switch).
bool asks_for_lease(const Change& change, const VmState& vm) {
  if (restarts_unknown(vm) && change.state.unsafe_start_without_lease) return false;
  return vm.lease;
}

// Orders the create on one of the equally good hosts of the schedule.
void order_create(Change& change, VmState& vm, StartAttempt attempt, const Schedule& found) {
  attempt.host = found.best[change.draw(found.best.size())];
  attempt.created.reset();
  attempt.call = change.order(attempt.host, rpc::CreateVm{.vm = vm.name,
                                                          .with_lease = asks_for_lease(change, vm),
                                                          .resume_behaviour = vm.resume_behaviour});
  vm.stop_reason.clear();  // CreateVDSCommand
  // Fact 2.2: an Unknown VM keeps its old host and status until the new host reports it.
  if (!restarts_unknown(vm)) {
    vm.status = VmStatus::WaitForLaunch;
    place(change, vm, attempt.host);
  }
  vm.start = std::move(attempt);
}

std::set<NodeId> everything_but(const ClusterState& state, const NodeId& wanted) {
  std::set<NodeId> others;
  for (const auto& [name, host] : state.hosts) {
    if (name != wanted) others.insert(name);
  }
  return others;
}

void displace(Change& change, VmState& vm) {
  vm.run_on.reset();
  change.vms_moved = true;
}

// The last host it could be tried on has failed, too.
void give_up(Change& change, VmState& vm, const StartAttempt& attempt, const std::string& why) {
  const bool unknown = restarts_unknown(vm);
  if (!unknown) {
    vm.status = VmStatus::Down;
    displace(change, vm);
    vm.stopped = change.now;
    vm.ended_with_error = true;
  }
  if (attempt.by_user) {
    change.audit(54, Severity::Error,
                 fmt::format("Failed to run VM {} (User: admin@internal).", vm.name),
                 {.vm = vm.name});
  } else if (unknown || !vm.ha_restart) {
    // The next try comes with the old host's exceptions (fact 2.1).
    change.audit(507, Severity::Error,
                 fmt::format("Failed to restart VM {} on another host: {}", vm.name, why),
                 {.vm = vm.name});
  } else {
    change.audit(9603, Severity::Error,
                 fmt::format("Restart of the Highly Available VM {} failed.", vm.name),
                 {.vm = vm.name});
    postpone_ha_restart(change, vm);
  }
}

}  // namespace

void place(Change& change, VmState& vm, const NodeId& host) {
  vm.run_on = host;
  vm.placed = change.now;
  change.vms_moved = true;
}

void postpone_ha_restart(Change& change, VmState& vm) {
  const TimingConfig& timing = change.state.timing;
  const bool early = ++vm.ha_restart->tries < timing.ha_restart_short_retries;
  const Duration wait = early ? timing.ha_restart_short_interval : timing.ha_restart_long_interval;
  vm.ha_restart->next_try = change.now + wait;
}

std::optional<std::string> begin_start(Change& change, VmState& vm, const StartWish& wish) {
  std::set<NodeId> excluded;
  if (wish.host) excluded = everything_but(change.state, *wish.host);
  if (vm.run_on) excluded.insert(*vm.run_on);
  const Schedule found = schedule(change.state, vm, excluded);
  if (found.best.empty()) {
    return fmt::format("There is no host that satisfies current scheduling constraints: {}",
                       fmt::join(found.refusals, ", "));
  }
  order_create(change, vm, StartAttempt{.by_user = wish.by_user}, found);
  return std::nullopt;
}

void create_finished(Change& change, const CallFinished& finished, const VmId& name) {
  VmState& vm = change.state.vms.at(name);
  if (!vm.start || vm.start->call != finished.call.id) return;
  if (std::holds_alternative<NetworkFailure>(finished.outcome)) {
    if (!restarts_unknown(vm)) place(change, vm, vm.start->host);
    if (!restarts_unknown(vm)) vm.status = VmStatus::Unknown;
    vm.start.reset();
    change.audit(
        142, Severity::Warning,
        fmt::format("VM {} was set to the Unknown status: host {} did not answer its start",
                    vm.name, finished.call.host),
        {.host = finished.call.host, .vm = vm.name});
    return;
  }
  const auto& reply = std::get<rpc::Reply>(finished.outcome);
  if (const auto* error = std::get_if<rpc::Error>(&reply)) {
    return start_failed(change, vm, error->message, Failure::Refused);
  }
  vm.start->created = change.now;
}

void start_failed(Change& change, VmState& vm, const std::string& why, Failure failure) {
  StartAttempt attempt = std::move(*vm.start);
  vm.start.reset();
  // VmAnalyzer.proceedDownVm: what is down on a host that is not the VM's own is forgotten without
  // a word. No other host is tried; the old host's exceptions bring the next try (facts 2.1, 2.2).
  if (restarts_unknown(vm) && failure == Failure::Reported) return;
  change.audit(119, Severity::Error,
               fmt::format("VM {} is down with error. Exit message: {}.", vm.name, why),
               {.host = attempt.host, .vm = vm.name});
  const bool fresh = vm.status == VmStatus::WaitForLaunch;
  if (!fresh && !restarts_unknown(vm)) return;  // it came back by itself on its old host
  attempt.tried.insert(attempt.host);
  const auto limit = static_cast<std::size_t>(change.state.timing.max_rerun_vm_on_vds_count);
  if (attempt.tried.size() >= limit) return give_up(change, vm, attempt, why);
  std::set<NodeId> excluded = attempt.tried;
  if (vm.run_on) excluded.insert(*vm.run_on);
  const Schedule found = schedule(change.state, vm, excluded);
  if (found.best.empty()) return give_up(change, vm, attempt, why);
  order_create(change, vm, std::move(attempt), found);
}

void start_confirmed(Change& change, VmState& vm, VmStatus status) {
  const StartAttempt attempt = std::move(*vm.start);
  vm.start.reset();
  vm.user_stop = false;
  vm.stop_call = 0;
  vm.ended_with_error = false;
  vm.status = status;
  vm.started = change.now;
  place(change, vm, attempt.host);
  // 67 in the fact sheet's list is a migration the system began; a start of its own is 506.
  change.audit(attempt.by_user ? 32 : 506, Severity::Normal,
               attempt.by_user
                   ? fmt::format("VM {} started on Host {}", vm.name, attempt.host)
                   : fmt::format("VM {} was restarted on Host {}", vm.name, attempt.host),
               {.host = attempt.host, .vm = vm.name});
}

void vm_ended(Change& change, VmState& vm, Ending ending, const std::string& why) {
  const bool error = ending == Ending::Error;
  const std::string exit = why.empty() ? "" : fmt::format(" Exit message: {}.", why);
  change.audit(error ? 119 : 61, error ? Severity::Error : Severity::Normal,
               fmt::format("VM {} is down{}.{}", vm.name, error ? " with error" : "", exit),
               {.host = vm.run_on, .vm = vm.name});
  vm_is_down(change, vm, ending);
}

void vm_is_down(Change& change, VmState& vm, Ending ending) {
  const std::optional<NodeId> host = vm.run_on;
  std::erase_if(change.state.migrations, [&](const Migration& m) { return m.vm == vm.name; });
  vm.stopped = change.now;
  vm.status_detail.clear();
  const bool error = ending == Ending::Error;  // whatever a user wished (VmAnalyzer.proceedDownVm)
  vm.user_stop = false;
  vm.stop_call = 0;
  vm.ended_with_error = error;
  if (error && vm.highly_available) {
    vm.ha_restart = HaRestart{.next_try = change.now};
    change.audit(
        9602, Severity::Error,
        fmt::format("Highly Available VM {} failed. It will be restarted automatically.", vm.name),
        {.host = host, .vm = vm.name});
  }
  if (vm.start && vm.start->host != host) {
    vm.status = VmStatus::WaitForLaunch;
    return place(change, vm, vm.start->host);
  }
  vm.start.reset();
  vm.status = VmStatus::Down;
  displace(change, vm);
  apply_next_run(vm);
}

}  // namespace splitsite::reference
