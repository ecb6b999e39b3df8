#include "topologies/reference/manager/core/vm_monitoring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

using rpc::VmPhase;
using rpc::VmReport;

VmStatus status_of(VmPhase phase) {
  switch (phase) {
    case VmPhase::WaitForLaunch:
      return VmStatus::WaitForLaunch;
    case VmPhase::PoweringUp:
      return VmStatus::PoweringUp;
    case VmPhase::Up:
      return VmStatus::Up;
    case VmPhase::Paused:
      return VmStatus::Paused;
    case VmPhase::MigrationSource:
    case VmPhase::MigrationDestination:
      return VmStatus::Migrating;
    case VmPhase::PoweringDown:
      return VmStatus::PoweringDown;
    case VmPhase::RebootInProgress:
      return VmStatus::RebootInProgress;
    case VmPhase::Down:
      return VmStatus::Down;
  }
  return VmStatus::Unknown;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Fact 2.5, VmAnalyzer.vmPauseStatusToAuditLogType; a pause that somebody asked for has none.
struct PauseWords {
  int code;
  const char* why;
};
PauseWords pause_words(const std::string& code) {
  if (code == "EIO") return {145, "due to storage I/O problem"};
  if (code == "ENOSPC") return {138, "due to no Storage space error"};
  if (code == "EPERM") return {146, "due to storage permissions problem"};
  return {139, "due to unknown storage error"};
}

bool is_error(const std::string& pause_code) {
  return !pause_code.empty() && pause_code != "noerr";
}

bool starts_on(const VmState& vm, const NodeId& host) { return vm.start && vm.start->host == host; }

// The attempt was made after this report was asked for, or its VM.create has not answered yet.
bool too_old_for_start(const VmState& vm, Instant asked) {
  return !vm.start->created || asked <= *vm.start->created;
}

void take_status(Change& change, VmState& vm, const VmReport& report) {
  const VmStatus before = vm.status;
  const std::string pause_before = vm.status_detail;
  vm.status = status_of(report.status);
  vm.status_detail = vm.status == VmStatus::Paused ? lower_case(report.pause_code) : "";
  const About about{.host = vm.run_on, .vm = vm.name};
  if (before != VmStatus::Paused && is_error(vm.status_detail)) {
    const PauseWords words = pause_words(report.pause_code);
    change.audit(words.code, Severity::Error,
                 fmt::format("VM {} has been paused {}.", vm.name, words.why), about);
  }
  if (before == VmStatus::Paused && vm.status == VmStatus::Up && is_error(pause_before)) {
    change.audit(196, Severity::Normal,
                 fmt::format("VM {} has recovered from paused back to up.", vm.name), about);
  }
  if (before == VmStatus::Unknown) {
    change.audit(163, Severity::Normal,
                 fmt::format("VM {} status was restored to {}.", vm.name, to_string(vm.status)),
                 about);
  }
}

// Neither placed nor expected here. It is taken over when nobody else claims it: a restart whose
// VM.create got no answer, a migration whose source died, a Manager that has just started.
void take_over(Change& change, VmState& vm, const NodeId& host, const VmReport& report,
               Instant asked) {
  const bool claimed = vm.status != VmStatus::Unknown && vm.status != VmStatus::Down;
  const bool stale = asked <= vm.placed || (vm.stopped && asked <= *vm.stopped);
  const bool runs = report.status == VmPhase::Up || report.status == VmPhase::PoweringUp ||
                    report.status == VmPhase::Paused || report.status == VmPhase::RebootInProgress;
  // A copy that was paused when the VM moved on to another host is of no use to anybody.
  if (claimed && !stale && report.status == VmPhase::Paused) {
    change.order(host, rpc::DestroyVm{vm.name});
  }
  // Where the HA agents have started the engine, there it is, whatever became of its last host.
  const bool by_agents = is_engine_vm(vm) && report.status != VmPhase::Paused;
  if ((claimed && !by_agents) || stale || !runs) return;
  std::erase_if(change.state.migrations, [&](const Migration& m) { return m.vm == vm.name; });
  if (vm.start) vm.start.reset();
  vm.ha_restart.reset();
  vm.ended_with_error = vm.user_stop = false;
  vm.stop_call = 0;
  place(change, vm, host);
  if (!vm.started || claimed) vm.started = change.now;
  take_status(change, vm, report);
}

// Fact 2.3: the guest has ignored it, and nobody waits for its end any more. The reason that was
// given stays until the next start or stop, as in oVirt.
void stop_failed(Change& change, VmState& vm) {
  vm.user_stop = false;
  if (vm.status != VmStatus::PoweringDown) return;
  change.audit(147, Severity::Warning, fmt::format("Shutdown of VM {} failed.", vm.name),
               {.host = vm.run_on, .vm = vm.name});
}

void running(Change& change, VmState& vm, const NodeId& host, const VmReport& report,
             Instant asked) {
  // Its stop may not have arrived yet; oVirt holds the VM's lock until the order is answered.
  if (vm.stop_call != 0 && vm.run_on == host) return;
  if (starts_on(vm, host)) {
    const bool launched = report.status != VmPhase::WaitForLaunch;  // fact 2.2: ignored
    if (launched && !too_old_for_start(vm, asked)) {
      start_confirmed(change, vm, status_of(report.status));
    }
    return;
  }
  if (arrived(change.state, vm, host, report.status)) return migration_done(change, vm, host);
  if (vm.run_on != host) return take_over(change, vm, host, report, asked);
  if (asked <= vm.placed) return;
  if (still_migrating(change, vm, report.status, asked)) return;
  if (report.status == VmPhase::MigrationDestination) return;  // until its host says more
  // Launched by the order of a Manager that has died since: no attempt waits to confirm it.
  const bool launched =
      vm.status == VmStatus::WaitForLaunch && report.status != VmPhase::WaitForLaunch;
  if (report.status == VmPhase::Up) stop_failed(change, vm);
  take_status(change, vm, report);
  if (launched) vm.started = change.now;
}

Ending ending_of(const VmReport& report) {
  return report.exit_code == 0 ? Ending::Normal : Ending::Error;
}

void ended(Change& change, VmState& vm, const NodeId& host, const VmReport& report, Instant asked) {
  if (starts_on(vm, host) && too_old_for_start(vm, asked)) return;
  // VDSM keeps a VM that is Down listed until it is told to forget it.
  change.order(host, rpc::DestroyVm{vm.name});
  if (starts_on(vm, host)) return start_failed(change, vm, report.exit_message);
  if (vm.run_on != host || asked <= vm.placed) return;
  const bool moved = report.exit_reason == static_cast<int>(rpc::ExitReason::MigrationSucceeded);
  if (moved && handed_over(change, vm)) return;
  if (aborted(change, vm, ending_of(report), report.exit_message)) return;
  vm_ended(change, vm, ending_of(report), report.exit_message);
}

void absent(Change& change, VmState& vm, const NodeId& host, Instant asked) {
  if (starts_on(vm, host)) {
    if (too_old_for_start(vm, asked)) return;
    return start_failed(change, vm, "the host does not know the VM any more");
  }
  if (vm.run_on != host || asked <= vm.placed) return;
  if (handed_over(change, vm)) return;
  // Fact 2.3: a VM that was shutting down has done so.
  const Ending ending = vm.status == VmStatus::PoweringDown ? Ending::Normal : Ending::Error;
  vm_ended(change, vm, ending, "the host does not run the VM any more");
}

}  // namespace

void reconcile_vms(Change& change, const PollAnswered& poll) {
  const auto& reports = poll.stats.vms;
  for (auto& [name, vm] : change.state.vms) {
    const auto report = std::find_if(reports.begin(), reports.end(),
                                     [&](const VmReport& r) { return r.vm == vm.name; });
    if (report == reports.end()) {
      absent(change, vm, poll.host, poll.asked);
    } else if (report->status == VmPhase::Down) {
      ended(change, vm, poll.host, *report, poll.asked);
    } else {
      running(change, vm, poll.host, *report, poll.asked);
    }
  }
}

void vms_become_unknown(Change& change, const NodeId& host) {
  for (auto& [name, vm] : change.state.vms) {
    const bool here = vm.run_on == host && vm.status != VmStatus::Down;
    const bool restart_here = !here && starts_on(vm, host);
    if (restart_here) start_failed(change, vm, "the host does not answer any more");
    if (!here || vm.status == VmStatus::Unknown) continue;
    if (starts_on(vm, host)) vm.start.reset();
    std::erase_if(change.state.migrations, [&](const Migration& m) { return m.vm == vm.name; });
    vm.status = VmStatus::Unknown;
    change.audit(142, Severity::Warning,
                 fmt::format("VM {} was set to the Unknown status.", vm.name),
                 {.host = host, .vm = vm.name});
  }
}

}  // namespace splitsite::reference
