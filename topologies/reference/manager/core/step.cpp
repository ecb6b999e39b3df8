// Hands each input to the rules it concerns, then lets the rules that watch the clock look.
#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/affinity_enforcement.hpp"
#include "topologies/reference/manager/core/commands.hpp"
#include "topologies/reference/manager/core/fencing.hpp"
#include "topologies/reference/manager/core/ha_restart.hpp"
#include "topologies/reference/manager/core/host_monitoring.hpp"
#include "topologies/reference/manager/core/hosted_engine.hpp"
#include "topologies/reference/manager/core/jobs.hpp"
#include "topologies/reference/manager/core/maintenance.hpp"
#include "topologies/reference/manager/core/migration.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/core/storage_monitoring.hpp"
#include "topologies/reference/manager/core/vm_edit.hpp"
#include "topologies/reference/manager/core/vm_start.hpp"

namespace splitsite::reference {
namespace {

using Reply = std::optional<CommandReply>;

// Who waits for the answer is told by what was asked.
struct Finished {
  Change& change;
  const CallFinished& finished;

  void operator()(const rpc::GetStats&) const {}
  void operator()(const rpc::ConnectPool&) const { connect_finished(change, finished); }
  void operator()(const rpc::DisconnectPool&) const {}
  void operator()(const rpc::GetSpmStatus&) const { spm_call_finished(change, finished); }
  void operator()(const rpc::StartSpm&) const { spm_call_finished(change, finished); }
  void operator()(const rpc::StopSpm&) const { spm_call_finished(change, finished); }
  void operator()(const rpc::CreateVm& r) const { create_finished(change, finished, r.vm); }
  void operator()(const rpc::ShutdownVm& r) const { vm_stop_finished(change, finished, r.vm); }
  void operator()(const rpc::DestroyVm& r) const { vm_stop_finished(change, finished, r.vm); }
  void operator()(const rpc::ContinueVm& r) const { resume_finished(change, finished, r.vm); }
  void operator()(const rpc::MigrateVm& r) const { migrate_finished(change, finished, r.vm); }
  void operator()(const rpc::RebootVm& r) const { reboot_finished(change, finished, r.vm); }
  void operator()(const rpc::CancelMigration& r) const { cancel_finished(change, finished, r.vm); }
  void operator()(const rpc::CreateLease& r) const { lease_task_finished(change, finished, r.vm); }
  void operator()(const rpc::DeleteLease& r) const { lease_task_finished(change, finished, r.vm); }
  void operator()(const rpc::PlugLease& r) const { lease_task_finished(change, finished, r.vm); }
  void operator()(const rpc::UnplugLease& r) const { lease_task_finished(change, finished, r.vm); }
  void operator()(const rpc::FenceNode&) const { fence_call_finished(change, finished); }
  void operator()(const rpc::RestartDaemon&) const { fence_call_finished(change, finished); }
  void operator()(const rpc::SetHaMaintenance&) const { ha_maintenance_finished(change, finished); }
};

Reply take(Change& change, const PollAnswered& poll) {
  poll_answered(change, poll);
  return {};
}
Reply take(Change& change, const PollRefused& poll) {
  poll_refused(change, poll);
  return {};
}
Reply take(Change& change, const PollFailed& poll) {
  poll_failed(change, poll);
  return {};
}
Reply take(Change& change, const CallFinished& finished) {
  std::visit(Finished{change, finished}, finished.call.request);
  return {};
}
Reply take(Change& change, const UserCommand& asked) {
  change.context = asked.context;
  CommandReply reply = take_command(change, asked.command);
  begin_job(change, asked.command, reply);
  return reply;
}
Reply take(Change& change, const Tick&) {
  watch_hosts(change);
  watch_fencing(change);
  watch_storage(change);
  refresh_pool(change);
  poll_spm_start(change);
  run_ha_queue(change);
  watch_maintenance(change);
  enforce_affinity(change);
  forget_old_jobs(change);
  return {};
}

}  // namespace

std::string_view to_string(NetworkFailure kind) {
  switch (kind) {
    case NetworkFailure::Refused:
      return "connection refused";
    case NetworkFailure::Unreachable:
      return "no route to host";
    case NetworkFailure::TimedOut:
      return "timed out";
    case NetworkFailure::Broken:
      return "connection broken";
  }
  return "network error";
}

Outcome advance(ClusterState& state, const Input& input, Instant now) {
  Change change(state, now);
  Outcome outcome;
  outcome.reply = std::visit([&](const auto& i) { return take(change, i); }, input);
  watch_jobs(change);
  // A command may also have changed the groups themselves.
  if (change.vms_moved || std::holds_alternative<UserCommand>(input)) update_broken_groups(state);
  outcome.calls = std::move(change.calls);
  outcome.events = std::move(change.events);
  outcome.late_replies = std::move(change.late_replies);
  return outcome;
}

Step step(ClusterState state, const Input& input, Instant now) {
  Step result;
  static_cast<Outcome&>(result) = advance(state, input, now);
  result.state = std::move(state);
  return result;
}

}  // namespace splitsite::reference
