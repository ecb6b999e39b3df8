#include "topologies/reference/ha_agent/edge/agent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/lab/description/vm_config.hpp"
#include "topologies/reference/ha_agent/core/metadata.hpp"
#include "topologies/reference/ha_agent/core/report.hpp"
#include "topologies/reference/ha_agent/core/score.hpp"
#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::ha {
namespace {

using hostd::log_info;
using hostd::log_warning;

const VmId& engine() {
  static const VmId name(hosted_engine_vm);
  return name;
}

std::optional<rpc::VmReport> engine_of(const std::optional<rpc::HostStats>& stats) {
  if (!stats) return std::nullopt;
  const auto found = std::find_if(stats->vms.begin(), stats->vms.end(),
                                  [](const rpc::VmReport& vm) { return vm.vm == engine(); });
  return found == stats->vms.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

Agent::Agent(Identity identity, const Ports& ports, StorageThread& storage, Clock& clock)
    : identity_(std::move(identity)), ports_(ports), storage_(storage), clock_(clock) {}

Observation Agent::look() {
  stats_.reset();
  if (auto reply = ports_.daemon.ask(rpc::GetStats{})) {
    if (auto* stats = std::get_if<rpc::HostStats>(&reply.value())) stats_ = std::move(*stats);
  }
  EngineLook engine_look{.daemon_answers = stats_.has_value(), .vm = engine_of(stats_)};
  if (may_answer(engine_look)) engine_look.page_answers = ports_.node.engine_page_answers();
  const NodeReadings node = ports_.node.read(engine_look.vm ? engine_look.vm->pid : 0);
  Observation seen{.local = {.network = node.network,
                             .management_link = node.management_link,
                             .memory_free = node.memory_free,
                             .cpu_load = node.cpu_load,
                             .engine = judge_engine(engine_look, vm_before_),
                             .local_maintenance = node.local_maintenance}};
  if (seen.local.engine.vm != EngineVm::Unknown) vm_before_ = seen.local.engine.vm;
  seen.whiteboard = whiteboard(seen, seen.storage_error);
  return seen;
}

// H joins both lockspaces before anything else and keeps looking after them, except in local
// maintenance, where the Manager has taken the host out of the storage domain
// (agent/hosted_engine.py _initialize_domain_monitor, _lock_host_id, _validate_storage_images).
std::optional<Whiteboard> Agent::whiteboard(const Observation& seen, std::string& why_not) {
  if (stats_ && !seen.local.local_maintenance && !stats_->storage.lockspace_joined) {
    why_not = "the storage domain's lockspace is not joined";
    if (!stats_->storage.connected)
      order(rpc::ConnectPool{.host_id = identity_.rules.host_id}, rpc::Code::Recovering);
    return std::nullopt;
  }
  // A starting agent touches nothing while local maintenance is set (b773437).
  if (state_.phase == Phase::StartState && seen.local.local_maintenance) return Whiteboard{};
  const auto joined = ports_.membership.joined();
  if (!joined || !joined.value()) {
    why_not = joined ? "the lockspace hosted-engine is not joined yet" : joined.error().message();
    return std::nullopt;
  }
  const StorageView view = storage_.latest();
  why_not = view.error;
  if (!view.area) return std::nullopt;
  return read_whiteboard(*view.area, identity_.rules.host_id);
}

Duration Agent::turn() {
  const Phase before = state_.phase;
  const std::string error_before = state_.storage_error;
  Decision decision = observe(identity_.rules, std::move(state_), look(), clock_.now());
  if (decision.action) {
    const bool done = carry_out(*decision.action);
    decision =
        acted(identity_.rules, std::move(decision.state), *decision.action, done, clock_.now());
  }
  state_ = std::move(decision.state);
  if (state_.phase != before)
    log_info(fmt::format("{} -> {} (score {})", to_string(before), to_string(state_.phase),
                         score(state_, identity_.rules.engine_memory_mib)));
  if (state_.storage_error != error_before)
    log_warning(state_.storage_error.empty() ? "storage is there" : state_.storage_error);
  tell();
  // Never twice in one second, as in H, whose clock ticks in seconds.
  return decision.at_once ? Duration(std::chrono::seconds(1)) : identity_.rules.timers.loop;
}

void Agent::stop() {
  state_ = stopped(std::move(state_), clock_.now());
  tell();
}

bool Agent::order(const rpc::Request& request, rpc::Code acceptable) {
  const auto reply = ports_.daemon.ask(request);
  if (!reply) {
    log_warning(reply.error().message());
    return false;
  }
  const auto* error = std::get_if<rpc::Error>(&reply.value());
  if (error == nullptr || error->code == static_cast<int>(acceptable)) return true;
  log_warning(fmt::format("{}: {}", rpc::method_of(request), error->message));
  return false;
}

bool Agent::carry_out(Action action) {
  log_info(std::string(to_string(action)));
  const auto vm = engine_of(stats_);
  switch (action) {
    case Action::StartEngine:
      // What an earlier life left behind goes first (_clean_vdsm_state).
      if (vm && vm->status == rpc::VmPhase::Down &&
          !order(rpc::DestroyVm{engine()}, rpc::Code::NoSuchVm))
        return false;
      return order(rpc::CreateVm{.vm = engine(), .with_lease = true}, rpc::Code::VmExists);
    case Action::ShutDownEngine:
      return order(rpc::ShutdownVm{engine()}, rpc::Code::NoSuchVm);
    case Action::DestroyEngine:
      return order(rpc::DestroyVm{engine()}, rpc::Code::NoSuchVm);
  }
  return false;
}

void Agent::tell() {
  const int own_score = score(state_, identity_.rules.engine_memory_mib);
  const Peer self{.host_id = identity_.rules.host_id,
                  .timestamp = std::chrono::duration_cast<std::chrono::seconds>(
                                   state_.updated.time_since_epoch())
                                   .count(),
                  .score = own_score,
                  .engine = state_.local.engine,
                  .hostname = identity_.hostname,
                  .maintenance = state_.phase == Phase::LocalMaintenance,
                  .stopped = state_.phase == Phase::AgentStopped};
  ports_.node.report(report_json(self, state_));
  if (!publishes(state_)) return;
  auto block = encode({.host = self, .state = std::string(to_string(state_.phase))});
  if (block)
    storage_.post(std::move(block.value()));
  else
    log_warning(block.error().message());
}

}  // namespace splitsite::reference::ha
