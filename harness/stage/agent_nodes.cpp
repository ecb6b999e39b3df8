#include "harness/stage/agent_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(15);

std::int64_t to_ms(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

}  // namespace

AgentNodes::AgentNodes(Agents& agents, OnLifted on_lifted, Duration dead_man)
    : agents_(agents),
      on_lifted_(std::move(on_lifted)),
      dead_man_(dead_man),
      renewer_([this](const std::stop_token& stop) { renew(stop); }) {}

AgentNodes::~AgentNodes() {
  renewer_.request_stop();
  renewer_.join();
}

Result<nlohmann::json> AgentNodes::apply(const NodeId& node, const std::string& id,
                                         const std::string& kind, const nlohmann::json& arguments) {
  SPLITSITE_TRY(auto answer, agents_[node].call("change.apply",
                                                {{"change", id},
                                                 {"kind", kind},
                                                 {"arguments", arguments},
                                                 {"lease_ms", to_ms(dead_man_)}},
                                                kAnswer));
  const std::string boot = agents_[node].status().boot_id;
  const std::lock_guard lock(mutex_);
  in_force_[node][id] = boot;
  return answer;
}

Result<void> AgentNodes::revert(const NodeId& node, const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    in_force_[node].erase(id);
  }
  const Wait wait{.what = fmt::format("the agent of {} to answer", node),
                  .bound = std::chrono::seconds(60)};
  SPLITSITE_TRY_VOID(eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    if (agents_[node].status().answering) return true;
    return NotYet{"it does not answer"};
  }));
  SPLITSITE_TRY_VOID(agents_[node].call("change.revert", {{"change", id}}, kAnswer));
  return success();
}

Result<nlohmann::json> AgentNodes::observe(const NodeId& node, const std::string& kind,
                                           const nlohmann::json& arguments) {
  const std::chrono::milliseconds takes(
      arguments.is_object() ? arguments.value("takes_ms", std::int64_t{0}) : std::int64_t{0});
  return observe_within(node, kind, arguments, kAnswer + takes);
}

Result<nlohmann::json> AgentNodes::observe_within(const NodeId& node, const std::string& kind,
                                                  const nlohmann::json& arguments, Duration bound) {
  return agents_[node].call("change.observe", {{"kind", kind}, {"arguments", arguments}}, bound);
}

void AgentNodes::renew(const std::stop_token& stop) {
  const Duration period = dead_man_ / 3;
  while (!stop.stop_requested()) {
    const Deadline next(steady_clock(), period);
    while (!next.passed(steady_clock()) && !stop.stop_requested()) {
      steady_clock().pause(std::chrono::milliseconds(100));
    }
    std::map<NodeId, Changes> all;
    {
      const std::lock_guard lock(mutex_);
      all = in_force_;
    }
    for (const auto& [node, changes] : all) {
      if (!changes.empty() && !stop.stop_requested()) renew_on(node, changes);
    }
  }
}

// A node that cannot be reached lifts its changes by itself and tells so by deadman.lifted.
void AgentNodes::renew_on(const NodeId& node, const Changes& changes) {
  nlohmann::json names = nlohmann::json::array();
  for (const auto& [name, boot] : changes) names.push_back(name);
  const auto answer =
      agents_[node].call("change.renew", {{"changes", names}, {"lease_ms", to_ms(dead_man_)}},
                         std::chrono::seconds(2));
  if (!answer) return;
  const auto renewed = answer.value().value("renewed", std::vector<std::string>{});
  const std::string boot_now = agents_[node].status().boot_id;
  for (const auto& [name, boot] : changes) {
    if (std::find(renewed.begin(), renewed.end(), name) != renewed.end()) continue;
    {
      // Taken back by us meanwhile, it was not lifted.
      const std::lock_guard lock(mutex_);
      if (in_force_[node].erase(name) == 0) continue;
    }
    // With a node that was booted anew its changes are gone: it died, which the history has.
    if (boot == boot_now && on_lifted_) on_lifted_(node, name);
  }
}

}  // namespace splitsite
