#include "topologies/reference/ha_agent/simulation/hosts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/ha_agent/core/metadata.hpp"
#include "topologies/reference/ha_agent/core/score.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;
using rpc::ExitReason;
using rpc::VmPhase;

constexpr int kHosts = 4;
const std::string kLease = "HostedEngine";
constexpr Duration kBoot = 60s;  // from the first instruction to the engine's page
constexpr Duration kPoweringUp = 5s;
constexpr Duration kShutdown = 10s;
constexpr Duration kMigration = 10s;
constexpr Duration kForgotten = 3s;  // the Manager's VM.destroy of what was the source

bool has_process(const SimulatedHost& host) {
  return host.vm && host.vm->status != VmPhase::Down && host.vm->status != VmPhase::WaitForLaunch &&
         host.vm->status != VmPhase::MigrationDestination;
}

void went_down(SimulatedHost& host, ExitReason reason, const std::string& message = {}) {
  host.vm->status = VmPhase::Down;
  host.vm->exit_reason = static_cast<int>(reason);
  host.vm->exit_message = message;
}

}  // namespace

SimulatedHosts::SimulatedHosts() : lockspace_(timing_), area_(kBlockBytes * (kHosts + 1), '\0') {
  for (int id = 1; id <= kHosts; ++id) {
    hosts_[id] = {.rules = {.host_id = id, .engine_memory_mib = 160, .timers = timers_of(timing_)},
                  .name = fmt::format("host-{}{}", id <= 2 ? 'a' : 'b', (id + 1) % 2 + 1),
                  .next_turn = now_ + std::chrono::seconds(id)};
    lockspace_.join(id, now_);
  }
}

void SimulatedHosts::run(Duration time) {
  const Instant end = now_ + time;
  while (now_ < end) one_second();
}

void SimulatedHosts::one_second() {
  now_ += 1s;
  finish_migration();
  for (auto& [id, host] : hosts_) {
    if (!host.powered) continue;
    keep_lease(host);
    advance_vm(host);
    if (host.agent_runs && host.next_turn <= now_) turn(host);
  }
  count_engines();
}

// sanlock: renews what it can, and ends what it cannot renew any more (fact 2.6).
void SimulatedHosts::keep_lease(SimulatedHost& host) {
  const int id = host.rules.host_id;
  if (host.storage_works) return lockspace_.renew(id, now_);
  if (lockspace_.is_expired(id, now_) && has_process(host)) {
    went_down(host, ExitReason::LostQemuConnection);
    lockspace_.release(kLease, id);
  }
}

void SimulatedHosts::set_status(SimulatedHost& host, VmPhase status) {
  host.vm->status = status;
  host.vm_since = now_;
}

void SimulatedHosts::advance_vm(SimulatedHost& host) {
  if (!host.vm) return;
  const int id = host.rules.host_id;
  const Duration since = now_ - host.vm_since;
  if (host.vm->status == VmPhase::WaitForLaunch && host.storage_works) {
    switch (lockspace_.acquire(kLease, id, now_)) {
      case SimulatedLockspace::Answer::Acquired:
        starts_.push_back({.at = now_, .host_id = id});
        return set_status(host, VmPhase::PoweringUp);
      case SimulatedLockspace::Answer::HeldByLiveHost:
        return went_down(host, ExitReason::LibvirtStartFailed,
                         "Failed to acquire lock: Lease is held by another host");
      case SimulatedLockspace::Answer::Wait:
        return;
    }
  }
  if (host.vm->status == VmPhase::PoweringUp && since >= kPoweringUp) {
    host.booted = now_;
    set_status(host, VmPhase::Up);
  }
  if (host.vm->status == VmPhase::PoweringDown && host.guest_obeys && since >= kShutdown) {
    went_down(host, ExitReason::AdminShutdown);
    lockspace_.release(kLease, id);
  }
}

void SimulatedHosts::turn(SimulatedHost& host) {
  EngineLook look{.daemon_answers = true, .vm = host.vm};
  look.page_answers = may_answer(look) && host.engine_can_get_up && now_ - host.booted >= kBoot;
  Observation seen{.local = host.local};
  seen.local.engine = judge_engine(look, host.vm_before);
  host.vm_before = seen.local.engine.vm;
  if (host.storage_works)
    seen.whiteboard = read_whiteboard(area_, host.rules.host_id);
  else
    seen.storage_error = "the read hangs";
  Decision decision = observe(host.rules, std::move(host.agent), std::move(seen), now_);
  if (decision.action) {
    const bool done = carry_out(host, *decision.action);
    decision = acted(host.rules, std::move(decision.state), *decision.action, done, now_);
  }
  host.agent = std::move(decision.state);
  host.next_turn = now_ + (decision.at_once ? Duration(1s) : host.rules.timers.loop);
  if (host.storage_works && publishes(host.agent)) publish(host);
}

bool SimulatedHosts::carry_out(SimulatedHost& host, Action action) {
  switch (action) {
    case Action::StartEngine:
      if (host.vm && host.vm->status != VmPhase::Down) return false;
      host.vm = rpc::VmReport{.vm = VmId(kLease)};
      set_status(host, VmPhase::WaitForLaunch);
      return true;
    case Action::ShutDownEngine:
      if (!has_process(host)) return false;
      set_status(host, VmPhase::PoweringDown);
      return true;
    case Action::DestroyEngine:
      if (has_process(host)) lockspace_.release(kLease, host.rules.host_id);
      host.vm.reset();
      return true;
  }
  return false;
}

void SimulatedHosts::publish(SimulatedHost& host) {
  const int id = host.rules.host_id;
  const HostBlock block{.host = {.host_id = id,
                                 .timestamp = std::chrono::duration_cast<std::chrono::seconds>(
                                                  now_.time_since_epoch())
                                                  .count(),
                                 .score = score(host.agent, host.rules.engine_memory_mib),
                                 .engine = host.agent.local.engine,
                                 .hostname = host.name,
                                 .maintenance = host.agent.phase == Phase::LocalMaintenance},
                        .state = std::string(to_string(host.agent.phase))};
  const std::string text = encode(block).value();
  const std::size_t half = torn_ == id ? 12 : kBlockBytes;
  area_.replace(kBlockBytes * static_cast<std::size_t>(id), half, text.substr(0, half));
  if (torn_ == id) torn_ = 0;
}

void SimulatedHosts::power_off(int host_id) {
  SimulatedHost& host = hosts_.at(host_id);
  host.powered = false;
  host.vm.reset();
}

void SimulatedHosts::power_on(int host_id) {
  SimulatedHost& host = hosts_.at(host_id);
  host.powered = true;
  host.agent = {};
  host.vm_before = EngineVm::Down;
  host.next_turn = now_ + 10s;
  lockspace_.join(host_id, now_);
}

void SimulatedHosts::migrate_engine(int from, int to) {
  migration_ = {from, to};
  migration_since_ = now_;
  set_status(hosts_.at(from), VmPhase::MigrationSource);
  hosts_.at(to).vm = rpc::VmReport{.vm = VmId(kLease), .status = VmPhase::MigrationDestination};
}

void SimulatedHosts::finish_migration() {
  if (!migration_ || now_ - migration_since_ < kMigration) return;
  SimulatedHost& source = hosts_.at(migration_->first);
  SimulatedHost& target = hosts_.at(migration_->second);
  if (source.vm->status == VmPhase::MigrationSource) {
    went_down(source, ExitReason::MigrationSucceeded);
    set_status(target, VmPhase::Up);
    target.booted = source.booted;
    return lockspace_.hand_over(kLease, target.rules.host_id);
  }
  if (now_ - migration_since_ < kMigration + kForgotten) return;
  source.vm.reset();
  migration_.reset();
}

void SimulatedHosts::set_global_maintenance(bool set) {
  area_.replace(0, kBlockBytes, encode_global_block(set));
}

void SimulatedHosts::tear_block(int host_id) { torn_ = host_id; }

void SimulatedHosts::end_engine(int host_id, ExitReason reason) {
  went_down(hosts_.at(host_id), reason);
  lockspace_.release(kLease, host_id);
}

int SimulatedHosts::engine_host() const {
  for (const auto& [id, host] : hosts_)
    if (has_process(host)) return id;
  return 0;
}

int SimulatedHosts::score_of(int host_id) const {
  return score(hosts_.at(host_id).agent, hosts_.at(host_id).rules.engine_memory_mib);
}

void SimulatedHosts::count_engines() {
  const auto running = std::count_if(hosts_.begin(), hosts_.end(),
                                     [](const auto& entry) { return has_process(entry.second); });
  most_engines_ = std::max(most_engines_, static_cast<int>(running));
}

}  // namespace splitsite::reference::ha
