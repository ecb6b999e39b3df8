// What packets meet in the fake lab: exactly the state of its links, without chance.
#pragma once

#include "harness/fault/fake_lab.hpp"

namespace splitsite {

inline Result<PingResult> FakeLab::ping(const NodeId& from, const std::string& address,
                                        const PingPlan& plan) {
  const NodeConfig* source = config_.find_node(from);
  const NodeConfig* target = nullptr;
  for (const NodeConfig& node : config_.nodes) {
    if (node.role != NodeRole::Wan && node.site_address() == address) target = &node;
  }
  PingResult result{.sent = plan.count};
  if (source == nullptr || target == nullptr || !runs(from) || !runs(target->name)) {
    return result;
  }
  Duration round_trip = std::chrono::milliseconds(1);
  for (const auto& [x, y] :
       {std::pair(source->site, target->site), std::pair(target->site, source->site)}) {
    if (x == y) continue;
    const Impairment& impairment = links_.at({LinkKind::Site, x, y});
    if (impairment.loss_percent >= 100 || impairment.cut != Cut::None) return result;
    round_trip += impairment.delay;
  }
  result.received = plan.count;
  result.round_trips.assign(static_cast<std::size_t>(plan.count), round_trip);
  return result;
}

inline Result<StreamResult> FakeLab::stream(const StreamPlan& plan) {
  StreamResult result{.sent = plan.count};
  const auto way = path(plan.from, plan.to, plan.network);
  if (!way || way->cut != Cut::None) return result;
  if (way->longest_packet > 0 && plan.payload_bytes + 28 > way->longest_packet) return result;
  const double losing = way->bursts ? way->bursts->bad_loss_percent : way->loss_percent;
  const auto share = [&](double percent) { return static_cast<int>(plan.count * percent / 100); };
  result.received = plan.count - share(losing);
  result.duplicates = share(way->duplicate_percent);
  result.corrupted = share(way->corrupt_percent);
  result.overtaken = share(way->reorder_percent);
  for (int i = 0; i < result.received; ++i) {
    // Jitter swings between its two ends.
    const Duration swing = i % 2 == 0 ? way->jitter : -way->jitter;
    result.transits.push_back(std::chrono::microseconds(500) + way->delay + swing);
  }
  result.arrival_span = plan.interval * plan.count;
  if (way->rate_bits_per_second > 0) {
    const double bits = 8.0 * (plan.payload_bytes + 42) * plan.count;
    const std::chrono::duration<double> needed(bits /
                                               static_cast<double>(way->rate_bits_per_second));
    result.arrival_span =
        std::max(result.arrival_span, std::chrono::duration_cast<Duration>(needed));
  }
  return result;
}

inline Result<ConnectResult> FakeLab::connect(const NodeId& from, const NodeId& to, Network network,
                                              Duration timeout) {
  const auto there = path(from, to, network);
  const auto back = path(to, from, network);
  using Outcome = ConnectResult::Outcome;
  if (!there || !back || there->cut == Cut::Drop || back->cut == Cut::Drop) {
    return ConnectResult{Outcome::TimedOut, timeout};
  }
  if (there->cut == Cut::Reject || back->cut == Cut::Reject) {
    return ConnectResult{Outcome::Refused, std::chrono::milliseconds(1)};
  }
  return ConnectResult{Outcome::Connected, there->delay + back->delay};
}

inline Result<FlowResult> FakeLab::exchange(const FlowId& flow, Duration timeout) {
  const auto& [from, to, network] = flows_.at(std::stoul(flow.id));
  SPLITSITE_TRY(const auto tried, connect(from, to, network, timeout));
  using Outcome = FlowResult::Outcome;
  switch (tried.outcome) {
    case ConnectResult::Outcome::Connected:
      return FlowResult{Outcome::Answered, tried.took};
    case ConnectResult::Outcome::TimedOut:
      return FlowResult{Outcome::Silent, timeout};
    default:
      return FlowResult{Outcome::Broken, tried.took};
  }
}

}  // namespace splitsite
