#include "topologies/reference/manager/core/fence_proxy.hpp"

#include <fmt/format.h>

namespace splitsite::reference {
namespace {

// FenceProxyDefaultPreferences is "cluster,dc": the same hosts twice where a data center has one
// cluster, and each is searched as often.
constexpr int kSources = 2;

bool can_be_proxy(const HostState& host) {
  return host.status == HostStatus::Up || host.status == HostStatus::NonOperational;
}

ProxyAnswer failed(const std::string& why) {
  return {.kind = ProxyAnswer::Kind::Failed, .power = PowerStatus::Unknown, .why = why};
}

std::string via(const Change& change, const HostState& fenced, const ProxyCall& ask) {
  return fmt::format("power management {} on Host {} using Proxy Host {} and Fence Agent {}:{}",
                     to_string(ask.action), fenced.name, *ask.proxy, change.state.fence_agent.agent,
                     fenced.fencing.controller);
}

void order_fence(Change& change, const HostState& fenced, ProxyCall& ask) {
  const FenceAgentConfig& agent = change.state.fence_agent;
  rpc::FenceNode request{.address = fenced.fencing.controller,
                         .port = fenced.name.str(),
                         .agent = agent.agent,
                         .username = agent.username,
                         .password = agent.password,
                         .action = std::string(to_string(ask.action)),
                         .options = fmt::format("ipport={}", agent.port),
                         .lease_ids = {}};
  const FenceFlow& flow = *fenced.fencing.flow;
  const bool by_policy = flow.goal == FenceGoal::Treatment && ask.action != PowerAction::Status &&
                         change.state.policy.fencing.skip_if_sd_active;
  if (by_policy) request.lease_ids[change.state.storage_domain] = fenced.host_id;
  ask.call = change.order(*ask.proxy, std::move(request));
  change.audit(9020, Severity::Normal, "Executing " + via(change, fenced, ask) + ".",
               {.host = fenced.name});
}

// Nothing while the search goes on or the proxy is asked.
std::optional<ProxyAnswer> search(Change& change, HostState& fenced, ProxyCall& ask) {
  const std::optional<NodeId> excluded = ask.second ? ask.proxy : std::nullopt;
  if (const auto found = find_proxy(change.state, fenced.name, excluded)) {
    ask.proxy = found;
    order_fence(change, fenced, ask);
    return std::nullopt;
  }
  if (ask.searches_left > 0) {
    --ask.searches_left;
    ask.next_search = change.now + change.state.timing.find_fence_proxy_delay_between_retries;
    return std::nullopt;
  }
  if (!ask.second) {
    return failed(fmt::format("there is no other host that could be the proxy for {}",
                              to_string(ask.action)));
  }
  order_fence(change, fenced, ask);  // the same proxy once more
  return std::nullopt;
}

int further_searches(const Change& change, PowerAction action) {
  if (action == PowerAction::Status) return 0;
  return kSources * change.state.timing.find_fence_proxy_retries;
}

ProxyAnswer read_answer(const CallFinished& finished, PowerAction action) {
  if (const auto* failure = std::get_if<NetworkFailure>(&finished.outcome)) {
    return failed(std::string(to_string(*failure)));
  }
  const auto& reply = std::get<rpc::Reply>(finished.outcome);
  if (const auto* error = std::get_if<rpc::Error>(&reply)) return failed(error->message);
  const auto* report = std::get_if<rpc::FenceReport>(&reply);
  if (report == nullptr) return failed("the proxy answered something else");
  if (action != PowerAction::Status) {
    const bool skipped = report->operation == "skipped";
    return {.kind = skipped ? ProxyAnswer::Kind::Skipped : ProxyAnswer::Kind::Done,
            .power = PowerStatus::Unknown,
            .why = {}};
  }
  for (const PowerStatus power : {PowerStatus::On, PowerStatus::Off}) {
    if (report->power != to_string(power)) continue;
    return {.kind = ProxyAnswer::Kind::Done, .power = power, .why = {}};
  }
  return failed("the power status is unknown");
}

}  // namespace

std::optional<NodeId> find_proxy(const ClusterState& state, const NodeId& fenced,
                                 const std::optional<NodeId>& excluded) {
  std::optional<NodeId> second_best;
  for (const auto& [name, host] : state.hosts) {
    if (name == fenced || name == excluded || !can_be_proxy(host)) continue;
    if (host.status == HostStatus::Up) return name;
    if (!second_best) second_best = name;
  }
  return second_best;
}

std::optional<ProxyAnswer> begin_proxy_call(Change& change, HostState& fenced, PowerAction action,
                                            ProxyCall& ask) {
  ask = ProxyCall{.action = action,
                  .proxy = std::nullopt,
                  .second = false,
                  .searches_left = further_searches(change, action)};
  if (fenced.fencing.controller.empty()) return failed("it has no power controller");
  return search(change, fenced, ask);
}

std::optional<ProxyAnswer> watch_proxy_call(Change& change, HostState& fenced, ProxyCall& ask) {
  if (ask.call != 0 || change.now < ask.next_search) return std::nullopt;
  return search(change, fenced, ask);
}

std::optional<ProxyAnswer> proxy_answered(Change& change, HostState& fenced, ProxyCall& ask,
                                          const CallFinished& finished) {
  ask.call = 0;
  ProxyAnswer answer = read_answer(finished, ask.action);
  if (answer.kind != ProxyAnswer::Kind::Failed) return answer;
  change.audit(9021, Severity::Warning,
               fmt::format("Execution of {} failed: {}.", via(change, fenced, ask), answer.why),
               {.host = fenced.name});
  if (ask.action == PowerAction::Status) {
    change.audit(
        9001, Severity::Alert,
        fmt::format("Power Management test failed for Host {}. {}", fenced.name, answer.why),
        {.host = fenced.name});
  }
  if (ask.second) return answer;
  ask.second = true;
  ask.searches_left = further_searches(change, ask.action);
  return search(change, fenced, ask);
}

}  // namespace splitsite::reference
