#include "harness/agent/probes/probes.hpp"

#include "harness/agent/probes/ping.hpp"
#include "harness/agent/probes/socket_address.hpp"
#include "harness/agent/probes/tcp_probe.hpp"

namespace splitsite::agent {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr Range timeout_range{.least = 1, .most = 60'000};

Result<PingPlan> ping_plan(Arguments& arguments) {
  PingPlan plan;
  SPLITSITE_TRY(plan.to, address_in(arguments));
  SPLITSITE_TRY(const auto count, arguments.whole_or("count", 1, {.least = 1, .most = 1000}));
  SPLITSITE_TRY(const auto interval,
                arguments.whole_or("interval_ms", 100, {.least = 1, .most = 10'000}));
  SPLITSITE_TRY(const auto timeout, arguments.whole_or("timeout_ms", 1000, timeout_range));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  plan.count = static_cast<std::size_t>(count);
  plan.interval = milliseconds(interval);
  plan.timeout = milliseconds(timeout);
  return plan;
}

json to_json(const Ping::RoundTrips& round_trips) {
  json times = json::array();
  for (const auto& round_trip : round_trips) {
    if (round_trip) times.push_back(round_trip->count());
  }
  const std::size_t received = times.size();
  return json{{"sent", round_trips.size()}, {"received", received}, {"rtt_us", std::move(times)}};
}

void ping(EventLoop& loop, Arguments& arguments, const Answer& answer) {
  const auto plan = ping_plan(arguments);
  if (!plan) return answer(plan.error());
  const auto started = Ping::start(
      loop, plan.value(), [answer](const Ping::RoundTrips& times) { answer(to_json(times)); });
  if (!started) answer(started.error());
}

struct TcpPlan {
  sockaddr_in to{};
  Duration timeout{};
};

Result<TcpPlan> tcp_plan(Arguments& arguments) {
  TcpPlan plan;
  SPLITSITE_TRY(plan.to, address_and_port_in(arguments));
  SPLITSITE_TRY(const auto timeout, arguments.whole_or("timeout_ms", 1000, timeout_range));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  plan.timeout = milliseconds(timeout);
  return plan;
}

void tcp(EventLoop& loop, Arguments& arguments, const Answer& answer) {
  const auto plan = tcp_plan(arguments);
  if (!plan) return answer(plan.error());
  const auto started =
      probe_tcp(loop, plan.value().to, plan.value().timeout, [answer](const TcpOutcome& outcome) {
        answer(json{{"outcome", outcome.outcome}, {"us", outcome.took.count()}});
      });
  if (!started) answer(started.error());
}

}  // namespace

void add_probes(Dispatcher& dispatcher, EventLoop& loop) {
  dispatcher.add_slow("probe.ping", [&loop](Arguments& arguments, const Answer& answer) {
    ping(loop, arguments, answer);
  });
  dispatcher.add_slow("probe.tcp", [&loop](Arguments& arguments, const Answer& answer) {
    tcp(loop, arguments, answer);
  });
}

}  // namespace splitsite::agent
