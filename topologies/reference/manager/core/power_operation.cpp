#include "topologies/reference/manager/core/power_operation.hpp"

#include <fmt/format.h>

namespace splitsite::reference {
namespace {

using Kind = ProxyAnswer::Kind;
using Ended = std::optional<ProxyAnswer>;

// SingleAgentFenceActionExecutor.SLEEP_BEFORE_FIRST_ATTEMPT: no machine turns off at once.
constexpr std::chrono::seconds kBeforeFirstPoll{5};

Ended order(Change& change, HostState& host, PowerOperation& power);

Duration poll_delay(const Change& change, PowerAction wanted) {
  const TimingConfig& timing = change.state.timing;
  return wanted == PowerAction::Off ? timing.fence_stop_status_delay_between_retries
                                    : timing.fence_start_status_delay_between_retries;
}

int further_polls(const Change& change, PowerAction wanted) {
  const TimingConfig& timing = change.state.timing;
  return wanted == PowerAction::Off ? timing.fence_stop_status_retries
                                    : timing.fence_start_status_retries;
}

// The power did not change: ordered once more, or given up.
Ended try_again(Change& change, HostState& host, PowerOperation& power, const ProxyAnswer& last) {
  if (power.orders_left > 0) return order(change, host, power);
  return ProxyAnswer{.kind = Kind::Failed, .power = last.power, .why = last.why};
}

Ended polled(Change& change, HostState& host, PowerOperation& power, const ProxyAnswer& answer) {
  const PowerStatus wanted = power.wanted == PowerAction::Off ? PowerStatus::Off : PowerStatus::On;
  if (answer.kind == Kind::Done && answer.power == wanted) return answer;
  if (answer.kind != Kind::Done) return try_again(change, host, power, answer);
  if (power.polls_left > 0) {
    --power.polls_left;
    power.next_poll = change.now + poll_delay(change, power.wanted);
    return std::nullopt;
  }
  change.audit(9005, Severity::Alert,
               fmt::format("Failed to verify Host {0} {1} status, please {1} Host {0} manually.",
                           host.name, power.wanted == PowerAction::Off ? "stop" : "start"),
               {.host = host.name});
  return try_again(change, host, power,
                   {.kind = Kind::Failed,
                    .power = answer.power,
                    .why = "allowed retries to verify the power status exceeded"});
}

Ended ordered(Change& change, HostState& host, PowerOperation& power, const ProxyAnswer& answer) {
  if (answer.kind == Kind::Skipped) return answer;
  if (answer.kind == Kind::Failed) return try_again(change, host, power, answer);
  power.polling = true;
  power.polls_left = further_polls(change, power.wanted);
  power.next_poll = change.now + kBeforeFirstPoll;
  return std::nullopt;
}

// What the proxy's answer means at this point of the operation.
Ended take(Change& change, HostState& host, PowerOperation& power, const Ended& answer) {
  if (!answer) return std::nullopt;
  power.ask.reset();
  if (power.wanted == PowerAction::Status) return answer;
  return power.polling ? polled(change, host, power, *answer)
                       : ordered(change, host, power, *answer);
}

Ended ask(Change& change, HostState& host, PowerOperation& power, PowerAction action) {
  power.ask.emplace();
  return take(change, host, power, begin_proxy_call(change, host, action, *power.ask));
}

Ended order(Change& change, HostState& host, PowerOperation& power) {
  --power.orders_left;
  power.polling = false;
  return ask(change, host, power, power.wanted);
}

}  // namespace

Ended begin_power(Change& change, HostState& host, PowerAction wanted, PowerOperation& power) {
  power = PowerOperation{.wanted = wanted, .orders_left = wanted == PowerAction::On ? 2 : 1};
  return order(change, host, power);
}

Ended watch_power(Change& change, HostState& host, PowerOperation& power) {
  if (power.ask) return take(change, host, power, watch_proxy_call(change, host, *power.ask));
  if (change.now < power.next_poll) return std::nullopt;
  return ask(change, host, power, PowerAction::Status);
}

Ended power_answered(Change& change, HostState& host, PowerOperation& power,
                     const CallFinished& finished) {
  if (!power.ask || power.ask->call != finished.call.id) return std::nullopt;
  return take(change, host, power, proxy_answered(change, host, *power.ask, finished));
}

}  // namespace splitsite::reference
