#include "harness/stage/agent_ports.hpp"

#include <fmt/format.h>

#include "harness/ports/links_json.hpp"

namespace splitsite {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(5);

std::int64_t to_ms(Duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

NodeId wan_of(const LabConfig& config) {
  for (const NodeConfig& node : config.nodes) {
    if (node.role == NodeRole::Wan) return node.name;
  }
  return {};
}

nlohmann::json arguments(const LinkDirection& direction, const Impairment& impairment) {
  return {{"device", device_of(direction)}, {"state", to_json(impairment)}};
}

}  // namespace

std::string device_of(const LinkDirection& direction) {
  return fmt::format("{}.{}.{}", direction.kind == LinkKind::Site ? "s" : "r", direction.from,
                     direction.to);
}

AgentLinks::AgentLinks(Agents& agents, const LabConfig& config, Duration dead_man)
    : agents_(agents),
      config_(config),
      dead_man_(dead_man),
      wan_(wan_of(config)),
      renewer_([this](const std::stop_token& stop) { renew(stop); }) {}

AgentLinks::~AgentLinks() {
  renewer_.request_stop();
  renewer_.join();
}

Result<void> AgentLinks::apply_baseline() {
  for (const LinkDirection& direction : directions()) {
    const Impairment wanted = baseline(direction);
    SPLITSITE_TRY_VOID(agents_[wan_].call("link.baseline", arguments(direction, wanted), kAnswer));
    SPLITSITE_TRY_VOID(set(direction, wanted));
  }
  return success();
}

std::vector<LinkDirection> AgentLinks::directions() const {
  std::vector<LinkDirection> all;
  for (const LinkConfig& link : config_.links) {
    all.push_back({link.kind, link.first, link.second});
    all.push_back({link.kind, link.second, link.first});
  }
  return all;
}

Impairment AgentLinks::baseline(const LinkDirection& direction) const {
  for (const LinkConfig& link : config_.links) {
    if (link.kind != direction.kind) continue;
    if (link.first == direction.from && link.second == direction.to) return link.first_to_second;
    if (link.second == direction.from && link.first == direction.to) return link.second_to_first;
  }
  return {};
}

Result<Impairment> AgentLinks::read(const LinkDirection& direction) {
  SPLITSITE_TRY(const auto answer,
                agents_[wan_].call("link.get", {{"device", device_of(direction)}}, kAnswer));
  return impairment_from(answer.value("state", nlohmann::json()));
}

Result<void> AgentLinks::set(const LinkDirection& direction, const Impairment& impairment) {
  const bool fault = impairment != baseline(direction);
  nlohmann::json args = arguments(direction, impairment);
  if (fault) args["lease_ms"] = to_ms(dead_man_);
  SPLITSITE_TRY_VOID(agents_[wan_].call("link.set", args, kAnswer));
  const std::lock_guard lock(mutex_);
  if (fault) {
    impaired_[direction] = impairment;
  } else {
    impaired_.erase(direction);
  }
  return success();
}

void AgentLinks::renew(const std::stop_token& stop) {
  const Duration period = dead_man_ / 3;
  while (!stop.stop_requested()) {
    const Deadline next(steady_clock(), period);
    while (!next.passed(steady_clock()) && !stop.stop_requested()) {
      steady_clock().pause(std::chrono::milliseconds(100));
    }
    bool any = false;
    {
      const std::lock_guard lock(mutex_);
      any = !impaired_.empty();
    }
    // A renewal that fails is the wan node's loss, which the fault's own proof will show; the agent
    // then lifts the fault, and tells so by its deadman.lifted event.
    if (any && !stop.stop_requested()) {
      (void)agents_[wan_].call("link.renew", {{"lease_ms", to_ms(dead_man_)}}, kAnswer);
    }
  }
}

}  // namespace splitsite
