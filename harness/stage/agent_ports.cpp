#include "harness/stage/agent_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

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

AgentLinks::AgentLinks(Agents& agents, const LabConfig& config, OnLifted on_lifted,
                       Duration dead_man)
    : agents_(agents),
      config_(config),
      on_lifted_(std::move(on_lifted)),
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
  const std::string device = device_of(direction);
  nlohmann::json args = arguments(direction, impairment);
  if (fault) {
    args["lease_ms"] = to_ms(dead_man_);
  } else {
    // First: a fault that is not wanted any more is not renewed, whatever comes of the change.
    const std::lock_guard lock(mutex_);
    impaired_.erase(device);
  }
  SPLITSITE_TRY_VOID(agents_[wan_].call("link.set", args, kAnswer));
  if (!fault) return success();
  const std::lock_guard lock(mutex_);
  impaired_.insert(device);
  return success();
}

// A renewal that fails is the wan node's loss, which the fault's own proof will show; the agent
// then lifts the fault, and tells so by its deadman.lifted event.
void AgentLinks::renew_impaired() {
  nlohmann::json devices;
  {
    const std::lock_guard lock(mutex_);
    devices = impaired_;
  }
  if (devices.empty()) return;
  const auto answer = agents_[wan_].call(
      "link.renew", {{"devices", devices}, {"lease_ms", to_ms(dead_man_)}}, kAnswer);
  if (!answer) return;
  const auto renewed = answer.value().value("renewed", std::vector<std::string>{});
  for (const std::string& device : devices.get<std::vector<std::string>>()) {
    if (std::find(renewed.begin(), renewed.end(), device) != renewed.end()) continue;
    {
      // Taken back by us meanwhile, it was not lifted.
      const std::lock_guard lock(mutex_);
      if (impaired_.erase(device) == 0) continue;
    }
    if (on_lifted_) on_lifted_(wan_, device);
  }
}

void AgentLinks::renew(const std::stop_token& stop) {
  const Duration period = dead_man_ / 3;
  while (!stop.stop_requested()) {
    const Deadline next(steady_clock(), period);
    while (!next.passed(steady_clock()) && !stop.stop_requested()) {
      steady_clock().pause(std::chrono::milliseconds(100));
    }
    if (!stop.stop_requested()) renew_impaired();
  }
}

}  // namespace splitsite
