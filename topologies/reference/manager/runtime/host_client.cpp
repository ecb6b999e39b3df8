#include "topologies/reference/manager/runtime/host_client.hpp"

namespace splitsite::reference {

HostClient::HostClient(HostClientConfig config, Clock& clock, std::function<void(Input)> tell)
    : config_(std::move(config)), clock_(clock), tell_(std::move(tell)) {
  worker_ = std::jthread([this](const std::stop_token& stop) { work(orders_, stop); });
  fencer_ = std::jthread([this](const std::stop_token& stop) { work(fencing_, stop); });
  poller_ = std::jthread([this](const std::stop_token& stop) { poll(stop); });
}

HostClient::~HostClient() {
  // All at once, so that the waits do not add up.
  poller_.request_stop();
  worker_.request_stop();
  fencer_.request_stop();
}

void HostClient::carry_out(Call call) {
  {
    const std::lock_guard lock(mutex_);
    const bool fences = std::holds_alternative<rpc::FenceNode>(call.request) ||
                        std::holds_alternative<rpc::RestartDaemon>(call.request);
    (fences ? fencing_ : orders_).push_back(std::move(call));
  }
  changed_.notify_all();
}

std::variant<rpc::Reply, ExchangeFailure> HostClient::ask(const rpc::Request& request,
                                                          const std::stop_token& stop) {
  const bool restarts = std::holds_alternative<rpc::RestartDaemon>(request);
  const Endpoint& endpoint = restarts ? config_.restart_service : config_.endpoint;
  auto answer = post(endpoint, rpc::kPath, rpc::encode(request), config_.limits, clock_, stop);
  if (auto* failure = std::get_if<ExchangeFailure>(&answer)) return std::move(*failure);
  auto reply = rpc::decode_reply(request, std::get<std::string>(answer));
  if (reply) return std::move(reply.value());
  // It answers, so it is no network exception; what it says cannot be used.
  return rpc::Reply(rpc::Error{.code = static_cast<int>(rpc::Code::Unexpected),
                               .message = reply.error().message()});
}

Input HostClient::poll_once(const std::stop_token& stop) {
  const Instant asked = clock_.now();
  auto answer = ask(rpc::GetStats{}, stop);
  if (auto* failure = std::get_if<ExchangeFailure>(&answer)) {
    return PollFailed{.host = config_.host, .kind = failure->kind, .why = failure->why};
  }
  auto& reply = std::get<rpc::Reply>(answer);
  if (auto* stats = std::get_if<rpc::HostStats>(&reply)) {
    return PollAnswered{.host = config_.host, .asked = asked, .stats = std::move(*stats)};
  }
  return PollRefused{.host = config_.host, .error = std::get<rpc::Error>(reply)};
}

void HostClient::poll(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Input result = poll_once(stop);
    if (stop.stop_requested()) return;
    tell_(std::move(result));
    std::unique_lock lock(mutex_);
    const auto next = clock_.now() + config_.refresh;
    changed_.wait_until(lock, stop, next, [] { return false; });
  }
}

void HostClient::work(std::deque<Call>& orders, const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !orders.empty(); })) return;
    Call call = std::move(orders.front());
    orders.pop_front();
    lock.unlock();
    auto answer = ask(call.request, stop);
    CallFinished finished{.call = std::move(call), .outcome = NetworkFailure::TimedOut};
    if (auto* failure = std::get_if<ExchangeFailure>(&answer)) {
      finished.outcome = failure->kind;
    } else {
      finished.outcome = std::move(std::get<rpc::Reply>(answer));
    }
    tell_(std::move(finished));
  }
}

}  // namespace splitsite::reference
