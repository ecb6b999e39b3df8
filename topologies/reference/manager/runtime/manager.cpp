#include "topologies/reference/manager/runtime/manager.hpp"

namespace splitsite::reference {
namespace {

// How often the core looks at the clock: well below the shortest timer, one second.
constexpr std::chrono::milliseconds kTick{200};
// A command is judged between two other inputs; waiting longer means something is badly wrong.
constexpr std::chrono::seconds kLongestSubmit{10};
// A host's power status: a proxy is asked, and another one if that fails.
constexpr std::chrono::seconds kLongestStatus{90};

Error not_taken(ErrorKind kind, const std::string& why) {
  return {.kind = kind, .attempted = "submit the command", .subject = "manager", .why = why};
}

std::chrono::seconds longest(const Command& command) {
  const auto* fence = std::get_if<FenceHost>(&command);
  return fence != nullptr && fence->type == FenceType::Status ? kLongestStatus : kLongestSubmit;
}

Error is_stopping() { return not_taken(ErrorKind::Interrupted, "the Manager is stopping"); }

HostClientConfig client_config(const LabConfig& lab, const HostState& host) {
  return {
      .host = host.name,
      .endpoint = {.address = host.address, .port = lab.host_daemon_port},
      .restart_service = {.address = host.address, .port = lab.restart_service_port},
      .limits = {.connect = lab.timing.vds_connection_timeout, .answer = lab.timing.vds_heartbeat},
      .refresh = lab.timing.vds_refresh_rate};
}

}  // namespace

Manager::Manager(const LabConfig& lab, const ManagerOptions& options, Clock& clock, AuditLog log)
    : Manager(lab, Start{.state = initial_state(lab, options, clock.now())}, clock,
              std::move(log)) {}

Manager::Manager(const LabConfig& lab, Start start, Clock& clock, AuditLog log)
    : clock_(clock),
      log_(std::move(log)),
      store_(start.store),
      lost_(std::move(start.lost)),
      state_(std::move(start.state)) {
  for (const auto& [name, host] : state_.hosts) {
    clients_.emplace(
        name, std::make_unique<HostClient>(client_config(lab, host), clock_, [this](Input input) {
          push({.input = std::move(input)});
        }));
  }
  for (Call& call : start.calls) clients_.at(call.host)->carry_out(std::move(call));
  core_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Manager::~Manager() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  core_.request_stop();
  core_.join();
}

ClusterState Manager::snapshot() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

Result<CommandReply> Manager::submit(const Command& command, const CommandContext& context) {
  std::promise<Result<CommandReply>> promise;
  auto reply = promise.get_future();
  if (!push({.input = UserCommand(command, context), .waiting = std::move(promise)}))
    return is_stopping();
  if (reply.wait_for(longest(command)) == std::future_status::ready) return reply.get();
  return not_taken(ErrorKind::TimedOut, "the core is busy; the command may still be carried out");
}

bool Manager::push(Pending pending) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) return false;
    queue_.push_back(std::move(pending));
  }
  arrived_.notify_all();
  return true;
}

void Manager::run(const std::stop_token& stop) {
  Instant next_tick = clock_.now();
  while (!stop.stop_requested()) {
    std::deque<Pending> batch;
    {
      std::unique_lock lock(queue_mutex_);
      arrived_.wait_until(lock, stop, next_tick, [this] { return !queue_.empty(); });
      batch.swap(queue_);
    }
    for (Pending& pending : batch) take(pending);
    if (clock_.now() < next_tick) continue;
    Pending tick{.input = Tick{}};
    take(tick);
    next_tick = clock_.now() + kTick;
  }
  refuse_the_rest();
}

void Manager::refuse_the_rest() {
  const std::lock_guard lock(queue_mutex_);
  for (Pending& pending : queue_) {
    if (pending.waiting) pending.waiting->set_value(is_stopping());
  }
  queue_.clear();
  for (auto& [number, waiting] : late_) waiting.set_value(is_stopping());
  late_.clear();
}

void Manager::take(Pending& pending) {
  if (store_is_lost_) {
    if (pending.waiting) pending.waiting->set_value(is_stopping());
    return;
  }
  Result<Outcome> result = advance_and_keep(pending.input);
  if (!result) {
    store_is_lost_ = true;
    if (pending.waiting) pending.waiting->set_value(result.error());
    if (lost_) lost_(result.error());
    return;
  }
  Outcome& outcome = result.value();
  for (const AuditEvent& event : outcome.events) log_(event);
  for (Call& call : outcome.calls) clients_.at(call.host)->carry_out(std::move(call));
  for (LateReply& late : outcome.late_replies) {
    const auto waiting = late_.find(late.number);
    if (waiting == late_.end()) continue;
    waiting->second.set_value(std::move(late.reply));
    late_.erase(waiting);
  }
  if (!pending.waiting) return;
  if (outcome.reply->later != 0) {
    late_.emplace(outcome.reply->later, std::move(*pending.waiting));
  } else {
    pending.waiting->set_value(*outcome.reply);
  }
}

Result<Outcome> Manager::advance_and_keep(const Input& input) {
  const std::lock_guard lock(state_mutex_);
  Outcome outcome = advance(state_, input, clock_.now());
  if (store_ != nullptr) {
    SPLITSITE_TRY_VOID(store_->save(state_, TimeBase::now()));
  }
  return outcome;
}

}  // namespace splitsite::reference
