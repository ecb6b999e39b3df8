#include "harness/stage/agent_prober.hpp"

#include <fmt/format.h>

#include "harness/stage/stream_clock.hpp"

namespace splitsite {
namespace {

using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::seconds;

// What an agent may take to answer beyond what it was asked to do: nodes can be busy.
constexpr Duration kAnswer = seconds(10);

std::int64_t to_ms(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

Error bad_answer(const std::string& op, const std::string& why) {
  return Error{.kind = ErrorKind::Internal,
               .attempted = "understand the agent's answer to",
               .subject = op,
               .why = why};
}

// Reads an agent's answer; a key that is missing or of another type is an error, not an exception.
template <class T, class Read>
Result<T> read_answer(const std::string& op, const json& answer, Read read) {
  try {
    return read(answer);
  } catch (const json::exception& error) {
    return bad_answer(op, error.what());
  }
}

Result<std::string> address_of(const LabConfig& config, const NodeId& node, Network network) {
  const NodeConfig* found = config.find_node(node);
  std::string address;
  if (found != nullptr) {
    address = network == Network::Site ? found->site_address() : found->replication_address();
  }
  if (!address.empty()) return address;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "reach",
               .subject = node.str(),
               .why = fmt::format("it is not on the {} network",
                                  network == Network::Site ? "site" : "replication")};
}

// `later`: how much the receiver's stamps are to be moved to be by the sender's clock.
StreamResult stream_result(const json& heard, int sent, Duration later) {
  StreamResult result{.sent = sent,
                      .received = heard.at("received").get<int>(),
                      .duplicates = heard.at("duplicates").get<int>(),
                      .corrupted = heard.at("corrupted").get<int>(),
                      .overtaken = heard.at("overtaken").get<int>(),
                      .gaps = heard.at("gaps").get<int>()};
  for (const auto& transit : heard.at("transits_us")) {
    result.transits.push_back(microseconds(transit.get<std::int64_t>()) + later);
  }
  result.arrival_span = microseconds(heard.at("span_us").get<std::int64_t>());
  return result;
}

ConnectResult connect_result(const json& answer) {
  using Outcome = ConnectResult::Outcome;
  const auto word = answer.at("outcome").get<std::string>();
  ConnectResult result{.outcome = Outcome::Unreachable,
                       .took = microseconds(answer.at("us").get<std::int64_t>())};
  if (word == "connected") result.outcome = Outcome::Connected;
  if (word == "refused") result.outcome = Outcome::Refused;
  if (word == "timed_out") result.outcome = Outcome::TimedOut;
  return result;
}

FlowResult flow_result(const json& answer) {
  using Outcome = FlowResult::Outcome;
  const auto word = answer.at("outcome").get<std::string>();
  FlowResult result{.outcome = Outcome::Silent,
                    .took = microseconds(answer.at("us").get<std::int64_t>())};
  if (word == "answered") result.outcome = Outcome::Answered;
  if (word == "broken") result.outcome = Outcome::Broken;
  return result;
}

}  // namespace

Result<PingResult> AgentProber::ping(const NodeId& from, const std::string& address,
                                     const PingPlan& plan) {
  const Duration bound = plan.count * plan.interval + plan.timeout + kAnswer;
  SPLITSITE_TRY(const auto answer, agents_[from].call("probe.ping",
                                                      {{"address", address},
                                                       {"count", plan.count},
                                                       {"interval_ms", to_ms(plan.interval)},
                                                       {"timeout_ms", to_ms(plan.timeout)}},
                                                      bound));
  return read_answer<PingResult>("probe.ping", answer, [](const json& told) {
    PingResult result{.sent = told.at("sent").get<int>(),
                      .received = told.at("received").get<int>()};
    for (const auto& us : told.at("rtt_us")) {
      result.round_trips.push_back(microseconds(us.get<std::int64_t>()));
    }
    return result;
  });
}

Result<Duration> AgentProber::clock_difference(const NodeId& from, const NodeId& to) {
  if (from == to) return Duration::zero();
  SPLITSITE_TRY(const Duration arrival, stream_clock_offset(agents_[to]));
  SPLITSITE_TRY(const Duration departure, stream_clock_offset(agents_[from]));
  return arrival - departure;
}

// The far end listens first and is asked last, both out of band.
Result<StreamResult> AgentProber::stream(const StreamPlan& plan) {
  SPLITSITE_TRY(const auto address, address_of(config_, plan.to, plan.network));
  const Duration sending = plan.count * plan.interval + kAnswer;
  SPLITSITE_TRY(const auto opened,
                agents_[plan.to].call("stream.open",
                                      {{"count", plan.count},
                                       {"lifetime_ms", to_ms(sending + plan.settle + kAnswer)}},
                                      kAnswer));
  SPLITSITE_TRY(
      const auto sent,
      agents_[plan.from].call(
          "stream.send",
          {{"address", address},
           {"port", opened.value("port", json())},
           {"stream", opened.value("stream", json())},
           {"count", plan.count},
           {"interval_us", std::chrono::duration_cast<microseconds>(plan.interval).count()},
           {"payload", plan.payload_bytes}},
          sending));
  SPLITSITE_TRY(const auto heard, agents_[plan.to].call("stream.heard",
                                                        {{"stream", opened.value("stream", json())},
                                                         {"settle_ms", to_ms(plan.settle)}},
                                                        plan.settle + kAnswer));
  SPLITSITE_TRY(const Duration later, clock_difference(plan.from, plan.to));
  return read_answer<StreamResult>("stream.heard", heard, [&](const json& told) {
    return stream_result(told, sent.at("sent").get<int>(), later);
  });
}

Result<ConnectResult> AgentProber::connect(const NodeId& from, const NodeId& to, Network network,
                                           Duration timeout) {
  return connect_to_port(from, to, network, kEchoPort, timeout);
}

Result<ConnectResult> AgentProber::connect_to_port(const NodeId& from, const NodeId& to,
                                                   Network network, int port, Duration timeout) {
  SPLITSITE_TRY(const auto address, address_of(config_, to, network));
  SPLITSITE_TRY(
      const auto answer,
      agents_[from].call("probe.tcp",
                         {{"address", address}, {"port", port}, {"timeout_ms", to_ms(timeout)}},
                         timeout + kAnswer));
  return read_answer<ConnectResult>("probe.tcp", answer, connect_result);
}

Result<FlowId> AgentProber::open_flow(const NodeId& from, const NodeId& to, Network network) {
  return open_flow_to_port(from, to, network, kEchoPort);
}

Result<FlowId> AgentProber::open_flow_to_port(const NodeId& from, const NodeId& to, Network network,
                                              int port) {
  SPLITSITE_TRY(const auto address, address_of(config_, to, network));
  const Duration timeout = seconds(5);
  SPLITSITE_TRY(
      const auto answer,
      agents_[from].call("flow.open",
                         {{"address", address}, {"port", port}, {"timeout_ms", to_ms(timeout)}},
                         timeout + kAnswer));
  return read_answer<FlowId>("flow.open", answer, [&](const json& told) {
    return FlowId{from, told.at("flow").get<std::string>()};
  });
}

Result<FlowResult> AgentProber::exchange(const FlowId& flow, Duration timeout) {
  SPLITSITE_TRY(
      const auto answer,
      agents_[flow.from].call("flow.exchange", {{"flow", flow.id}, {"timeout_ms", to_ms(timeout)}},
                              timeout + kAnswer));
  return read_answer<FlowResult>("flow.exchange", answer, flow_result);
}

Result<void> AgentProber::close_flow(const FlowId& flow) {
  SPLITSITE_TRY_VOID(agents_[flow.from].call("flow.close", {{"flow", flow.id}}, kAnswer));
  return success();
}

}  // namespace splitsite
