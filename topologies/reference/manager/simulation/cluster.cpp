#include "topologies/reference/manager/simulation/cluster.hpp"

#include <algorithm>

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLatency{20};
constexpr seconds kMigrationTakes{7};
constexpr seconds kControllerTakes{1};
constexpr seconds kControllerSilent{5};

NodeConfig make_host(const std::string& name, const std::string& site, int id, int priority) {
  NodeConfig node{.name = NodeId(name), .role = NodeRole::Host, .site = SiteId(site)};
  node.host_id = id;
  node.spm_priority = priority;
  return node;
}

VmConfig make_vm(const std::string& name, const std::string& home, bool ha, bool lease) {
  return {.name = VmId(name), .home = SiteId(home), .highly_available = ha, .lease = lease};
}

}  // namespace

LabConfig SimulatedCluster::stretch_lab() {
  LabConfig lab{.name = "simulated"};
  lab.nodes = {make_host("host-a1", "a", 1, 10), make_host("host-a2", "a", 2, 10),
               make_host("host-b1", "b", 3, 5), make_host("host-b2", "b", 4, 5)};
  lab.vms = {make_vm("vm-1", "a", true, true),   make_vm("vm-2", "a", true, true),
             make_vm("vm-3", "a", true, true),   make_vm("vm-4", "b", true, true),
             make_vm("vm-5", "a", false, false), make_vm("vm-6", "a", true, false)};
  AffinityGroupConfig primary{.name = "primary-site"};
  primary.vms = {VmId("vm-1"), VmId("vm-2"), VmId("vm-3"), VmId("vm-5"), VmId("vm-6")};
  primary.hosts = {NodeId("host-a1"), NodeId("host-a2")};
  AffinityGroupConfig secondary{.name = "secondary-site"};
  secondary.vms = {VmId("vm-4")};
  secondary.hosts = {NodeId("host-b1"), NodeId("host-b2")};
  lab.affinity_groups = {primary, secondary};
  lab.storage.domain = "data";
  return lab;
}

LabConfig SimulatedCluster::lab_with_power_management() {
  LabConfig lab = stretch_lab();
  for (NodeConfig& node : lab.nodes) node.power_management = true;
  lab.power.controllers = {{.site = SiteId("a"), .address = "10.77.0.10/24"},
                           {.site = SiteId("b"), .address = "10.77.0.20/24"}};
  return lab;
}

SimulatedCluster::SimulatedCluster(const LabConfig& lab, const ManagerOptions& options)
    : lab_(lab),
      now_(std::chrono::hours(1)),
      state_(initial_state(lab, options, now_)),
      lockspace_(lab.timing) {
  for (const auto& [name, host] : state_.hosts) {
    hosts_.emplace(
        name, std::make_unique<SimulatedHost>(name.str(), host.host_id, lockspace_, lab.timing));
  }
  start_manager();
}

void SimulatedCluster::start_manager() {
  manager_runs_ = true;
  for (auto& [name, host] : hosts_) {
    at_manager(milliseconds(100 * host->id()), [this, &host = *host] { poll(host); });
  }
  at_manager(milliseconds(0), [this] { tick(); });
}

void SimulatedCluster::kill_manager() {
  manager_runs_ = false;
  deaths_.push_back(now_);
  busy_until_.clear();
  at(process_.down_for, [this] {
    Step begun = process_.restart();
    state_ = std::move(begun.state);
    start_manager();
    for (const Call& call : begun.calls) deliver(call);
  });
}

void SimulatedCluster::at_manager(Duration later, std::function<void()> event) {
  at(later, [this, incarnation = deaths_.size(), event = std::move(event)] {
    if (incarnation == deaths_.size()) event();
  });
}

void SimulatedCluster::at(Duration later, std::function<void()> event) {
  agenda_.emplace(now_ + later, std::move(event));
}

void SimulatedCluster::run_for(Duration time) {
  const Instant end = now_ + time;
  run_until(time, [] { return false; });
  now_ = end;
}

bool SimulatedCluster::run_until(Duration bound, const std::function<bool()>& holds) {
  const Instant end = now_ + bound;
  while (!agenda_.empty() && agenda_.begin()->first <= end) {
    const auto next = agenda_.begin();
    now_ = std::max(now_, next->first);
    const std::function<void()> event = std::move(next->second);
    agenda_.erase(next);
    for (auto& [name, host] : hosts_) host->pass_time(now_);
    move_vms();
    event();
    if (after_each_event) after_each_event();
    if (holds()) return true;
  }
  return holds();
}

CommandReply SimulatedCluster::ask(const Command& command, const CommandContext& context) {
  reply_.reset();
  if (manager_runs_) feed(UserCommand(command, context));
  return reply_.value_or(CommandReply{.status = 503});
}

void SimulatedCluster::feed(const Input& input) {
  Outcome result = advance(state_, input, now_);
  if (process_.commit && !process_.commit(state_)) return kill_manager();
  reply_ = result.reply;
  events_.insert(events_.end(), result.events.begin(), result.events.end());
  for (LateReply& late : result.late_replies) late_replies_[late.number] = std::move(late.reply);
  for (const Call& call : result.calls) deliver(call);
}

void SimulatedCluster::tick() {
  feed(Tick{});
  at_manager(milliseconds(500), [this] { tick(); });
}

void SimulatedCluster::poll(SimulatedHost& host) {
  const Instant asked = now_;
  const bool answers = host.answers();
  const auto again = [this, &host] {
    at_manager(lab_.timing.vds_refresh_rate, [this, &host] { poll(host); });
  };
  if (!answers) {
    return at_manager(unreachable_after, [this, &host, again] {
      feed(PollFailed{.host = NodeId(host.name()), .kind = failure_kind, .why = "silence"});
      again();
    });
  }
  const auto reply = host.handle(rpc::GetStats{}, now_);
  at_manager(kLatency, [this, &host, asked, again, stats = std::get<rpc::HostStats>(reply)] {
    feed(PollAnswered{.host = NodeId(host.name()), .asked = asked, .stats = stats});
    again();
  });
}

// Calls to one host are carried out one after the other, in the order given.
void SimulatedCluster::deliver(const Call& call) {
  calls_.push_back(call);
  const bool fences = std::holds_alternative<rpc::FenceNode>(call.request) ||
                      std::holds_alternative<rpc::RestartDaemon>(call.request);
  if (fences) return fence(call);
  Instant& busy = busy_until_[call.host];
  busy = std::max(busy, now_ + kLatency);
  SimulatedHost& host = *hosts_.at(call.host);
  if (!host.answers()) busy += unreachable_after;
  at(busy - now_, [this, &host, call, incarnation = deaths_.size(), sent = busy - kLatency] {
    if (was_sent(incarnation, sent)) carry_out(host, call, incarnation);
  });
}

// What a Manager had sent when it died arrives.
bool SimulatedCluster::was_sent(std::size_t incarnation, Instant sent) const {
  return incarnation == deaths_.size() || sent < deaths_[incarnation];
}

void SimulatedCluster::carry_out(SimulatedHost& host, const Call& call, std::size_t incarnation) {
  CallFinished finished{.call = call, .outcome = failure_kind};
  if (host.answers()) {
    rpc::Reply reply = host.handle(call.request, now_);
    moving_ = moving_ || std::holds_alternative<rpc::MigrateVm>(call.request);
    if (lost_answers_.erase(call.host) == 0) finished.outcome = std::move(reply);
  }
  if (incarnation == deaths_.size()) at_manager(kLatency, [this, finished] { feed(finished); });
}

// Besides the orders: a fence agent that waits holds up nobody.
void SimulatedCluster::fence(const Call& call) {
  SimulatedHost& host = *hosts_.at(call.host);
  const auto* request = std::get_if<rpc::FenceNode>(&call.request);
  const bool heard = request != nullptr ? host.answers()
                                        : host.powered() && host.reachable && host.restarts_daemon;
  if (!heard) {
    return at_manager(unreachable_after,
                      [this, call] { feed(CallFinished{.call = call, .outcome = failure_kind}); });
  }
  CallFinished finished{.call = call, .outcome = rpc::Reply(rpc::Done{})};
  if (request == nullptr) {
    host.daemon_hangs = false;
    return at_manager(kLatency, [this, finished] { feed(finished); });
  }
  rpc::Reply reply = switch_power(host, *request);
  const bool silent = std::holds_alternative<rpc::Error>(reply);
  finished.outcome = std::move(reply);
  at_manager(silent ? kControllerSilent : kControllerTakes, [this, finished] { feed(finished); });
}

rpc::Reply SimulatedCluster::switch_power(const SimulatedHost& proxy,
                                          const rpc::FenceNode& request) {
  const NodeId name(request.port);
  SimulatedHost& host = *hosts_.at(name);
  if (lost_controllers.count(state_.hosts.at(name).site) != 0) {
    return rpc::Error{.code = static_cast<int>(rpc::Code::Unexpected),
                      .message = "the power controller does not answer"};
  }
  if (request.action == "status") {
    return rpc::FenceReport{.power = host.powered() ? "on" : "off", .operation = ""};
  }
  const auto lease = request.lease_ids.find(lab_.storage.domain);
  if (proxy.joined() && lease != request.lease_ids.end() &&
      lockspace_.is_live(lease->second, now_)) {
    return rpc::FenceReport{.power = "unknown", .operation = "skipped"};
  }
  if (!power_sticks && request.action == "off") host.power_off();
  if (!power_sticks && request.action == "on") host.power_on();
  return rpc::FenceReport{.power = "unknown", .operation = "initiated"};
}

// From the first order to migrate until no host has a copy under way any more.
void SimulatedCluster::move_vms() {
  if (!moving_) return;
  for (auto& [name, host] : hosts_) {
    if (host->powered()) finish_moves(*host);
  }
  for (auto& [name, host] : hosts_) drop_orphans(*host);
  moving_ = std::any_of(hosts_.begin(), hosts_.end(),
                        [](const auto& entry) { return entry.second->migrates(); });
}

// An incoming copy whose source is gone ends by itself.
void SimulatedCluster::drop_orphans(SimulatedHost& target) {
  for (const auto& [vm, copy] : target.vms()) {
    if (copy.phase != rpc::VmPhase::MigrationDestination) continue;
    const bool has_source = std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
      const auto& vms = entry.second->vms();
      const auto source = vms.find(vm);
      return source != vms.end() && source->second.phase == rpc::VmPhase::MigrationSource &&
             source->second.destination == target.name();
    });
    if (!has_source) target.finish_migration(vm, /*moved=*/false, /*incoming=*/true, now_);
  }
}

void SimulatedCluster::finish_moves(SimulatedHost& source) {
  for (const auto& [name, vm] : source.vms()) {
    if (vm.phase != rpc::VmPhase::MigrationSource) continue;
    SimulatedHost& target = *hosts_.at(NodeId(vm.destination));
    const bool possible = target.powered() && target.storage && source.storage &&
                          (!vm.with_lease || target.joined()) && !vm.cancelled;
    const auto there = target.vms().find(name);
    if (possible && there == target.vms().end()) target.receive_migration(name, vm, now_);
    const bool incoming = target.vms().count(name) != 0 &&
                          target.vms().at(name).phase == rpc::VmPhase::MigrationDestination;
    if (possible && incoming && now_ - vm.since < kMigrationTakes) continue;
    const bool moved = possible && incoming;
    if (incoming) target.finish_migration(name, moved, /*incoming=*/true, now_);
    source.finish_migration(name, moved, /*incoming=*/false, now_);
  }
}

bool SimulatedCluster::settle() {
  if (!settle_in_quarantine()) return false;
  run_for(std::max(Duration::zero(), state_.started + lab_.timing.disable_fence_at_startup - now_));
  return true;
}

bool SimulatedCluster::settle_in_quarantine() {
  const auto up = [this](const auto& entry) { return entry.second.status == HostStatus::Up; };
  const bool hosts_up = run_until(seconds(120), [&] {
    return state_.pool.status == DataCenterStatus::Up &&
           std::all_of(state_.hosts.begin(), state_.hosts.end(), up);
  });
  if (!hosts_up) return false;
  for (const VmConfig& vm : lab_.vms) {
    if (!ask(StartVm{vm.name}).ok()) return false;
  }
  return run_until(seconds(60), [&] {
    return std::all_of(state_.vms.begin(), state_.vms.end(),
                       [](const auto& entry) { return entry.second.status == VmStatus::Up; });
  });
}

int SimulatedCluster::copies(const VmId& vm) const {
  return static_cast<int>(std::count_if(hosts_.begin(), hosts_.end(),
                                        [&](const auto& entry) { return entry.second->runs(vm); }));
}

int SimulatedCluster::spm_holders() const {
  return static_cast<int>(std::count_if(hosts_.begin(), hosts_.end(), [](const auto& entry) {
    return entry.second->powered() && entry.second->spm() == rpc::SpmRole::Spm;
  }));
}

int SimulatedCluster::count_events(int code) const {
  return static_cast<int>(std::count_if(events_.begin(), events_.end(),
                                        [&](const AuditEvent& e) { return e.code == code; }));
}

}  // namespace splitsite::reference
