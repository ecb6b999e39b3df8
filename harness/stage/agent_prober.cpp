#include "harness/stage/agent_prober.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

std::int64_t to_ms(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

Error bad_answer(const std::string& op, const std::string& why) {
  return Error{.kind = ErrorKind::Internal,
               .attempted = "understand the agent's answer to",
               .subject = op,
               .why = why};
}

Error not_yet(const char* what) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = what,
               .why = "the agents of this version cannot measure it"};
}

}  // namespace

Result<PingResult> AgentProber::ping(const NodeId& from, const std::string& address,
                                     const PingPlan& plan) {
  const Duration bound = plan.count * plan.interval + plan.timeout + std::chrono::seconds(5);
  SPLITSITE_TRY(const auto answer, agents_[from].call("probe.ping",
                                                      {{"address", address},
                                                       {"count", plan.count},
                                                       {"interval_ms", to_ms(plan.interval)},
                                                       {"timeout_ms", to_ms(plan.timeout)}},
                                                      bound));
  try {
    PingResult result{.sent = answer.at("sent").get<int>(),
                      .received = answer.at("received").get<int>()};
    for (const auto& us : answer.at("rtt_us")) {
      result.round_trips.push_back(std::chrono::microseconds(us.get<std::int64_t>()));
    }
    return result;
  } catch (const nlohmann::json::exception& error) {
    return bad_answer("probe.ping", error.what());
  }
}

Result<StreamResult> AgentProber::stream(const StreamPlan&) { return not_yet("send a stream"); }
Result<ConnectResult> AgentProber::connect(const NodeId&, const NodeId&, Network, Duration) {
  return not_yet("connect");
}
Result<FlowId> AgentProber::open_flow(const NodeId&, const NodeId&, Network) {
  return not_yet("open a flow");
}
Result<FlowResult> AgentProber::exchange(const FlowId&, Duration) { return not_yet("exchange"); }
Result<void> AgentProber::close_flow(const FlowId&) { return not_yet("close a flow"); }

}  // namespace splitsite
