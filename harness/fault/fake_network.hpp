// What measuring shows in the fake lab, computed from what a packet meets on its way: no chance, no
// real time, but every measurement lets its time pass. Linked by tests only.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "harness/fault/fake_blocks.hpp"
#include "harness/fault/fake_guests.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

class FakeNetwork : public Prober, public FakeGuests {
 public:
  virtual const LabConfig& config() const = 0;
  virtual ManualClock& clock() = 0;

  // The next pings take this much longer, as in a lab that is busy with something else.
  void disturb_pings(int series, Duration extra) {
    disturbed_ = series;
    extra_ = extra;
  }

  Result<PingResult> ping(const NodeId& from, const std::string& address,
                          const PingPlan& plan) override {
    PingResult result{.sent = plan.count};
    clock().advance(plan.count * plan.interval);
    const auto there = way_to(from, address);
    const auto back = there ? path(there->to, from, there->network, there->port) : std::nullopt;
    if (!back || dead(there->meets) || dead(*back)) {
      clock().advance(plan.timeout);
      return result;
    }
    Duration trip = std::chrono::milliseconds(1) + there->meets.delay + back->delay;
    if (disturbed_ > 0 && disturbed_-- > 0) trip += extra_;
    result.received = plan.count;
    result.round_trips.assign(static_cast<std::size_t>(plan.count), trip);
    return result;
  }

  Result<StreamResult> stream(const StreamPlan& plan) override {
    StreamResult result{.sent = plan.count};
    const auto way = path(plan.from, plan.to, plan.network, 0);
    const Instant begun = clock().now();
    clock().advance(plan.count * plan.interval + plan.settle);
    if (!way) return result;
    if (way->longest_packet > 0 && plan.payload_bytes + 28 > way->longest_packet) return result;
    bool cut_before = false;
    for (int i = 0; i < plan.count; ++i) {
      const bool cut = cut_at(*way, begun + i * plan.interval) != Cut::None;
      if (!cut) ++result.received;
      if (cut && !cut_before) ++result.gaps;
      cut_before = cut;
    }
    impair(*way, plan, result);
    return result;
  }

  Result<ConnectResult> connect(const NodeId& from, const NodeId& to, Network network,
                                Duration timeout) override {
    return connect_to_port(from, to, network, 0, timeout);
  }
  Result<ConnectResult> connect_to_port(const NodeId& from, const NodeId& to, Network network,
                                        int port, Duration timeout) override {
    const auto there = path(from, to, network, port);
    const auto back = path(to, from, network, port);
    if (!there || !back || cut_now(*there) == Cut::Drop || cut_now(*back) == Cut::Drop) {
      clock().advance(timeout);
      return ConnectResult{ConnectResult::Outcome::TimedOut, timeout};
    }
    if (cut_now(*there) == Cut::Reject || cut_now(*back) == Cut::Reject) {
      return ConnectResult{ConnectResult::Outcome::Refused, std::chrono::milliseconds(1)};
    }
    return ConnectResult{ConnectResult::Outcome::Connected, there->delay + back->delay};
  }

  Result<FlowId> open_flow(const NodeId& from, const NodeId& to, Network network) override {
    SPLITSITE_TRY(const auto tried, connect(from, to, network, std::chrono::seconds(1)));
    if (tried.outcome != ConnectResult::Outcome::Connected) {
      return Error{.kind = ErrorKind::Refused, .attempted = "open a flow", .why = describe(tried)};
    }
    const std::string id = std::to_string(++last_flow_);
    flows_[id] = {from, to, network};
    return FlowId{from, id};
  }
  Result<FlowResult> exchange(const FlowId& flow, Duration timeout) override {
    Flow& known = flows_.at(flow.id);
    SPLITSITE_TRY(const auto tried, connect(known.from, known.to, known.network, timeout));
    known.broken = known.broken || tried.outcome == ConnectResult::Outcome::Refused;
    using Outcome = FlowResult::Outcome;
    if (known.broken) return FlowResult{Outcome::Broken, tried.took};
    const bool answered = tried.outcome == ConnectResult::Outcome::Connected;
    return FlowResult{answered ? Outcome::Answered : Outcome::Silent, tried.took};
  }
  Result<void> close_flow(const FlowId& flow) override {
    flows_.erase(flow.id);
    return success();
  }
  std::size_t open_flows() const { return flows_.size(); }

 protected:
  // What packets for a TCP port meet (0: the agents' own); nothing: an end is dead.
  virtual std::optional<Impairment> path(const NodeId& from, const NodeId& to, Network network,
                                         int port) const = 0;

 private:
  struct Flow {
    NodeId from;
    NodeId to;
    Network network;
    bool broken = false;
  };
  struct WayTo {
    NodeId to;
    Network network;
    int port;
    Impairment meets;
  };

  std::optional<WayTo> way_to(const NodeId& from, const std::string& address) const {
    for (const NodeConfig& node : config().nodes) {
      if (node.role == NodeRole::Wan) continue;
      const bool site = node.site_address() == address;
      if (!site && node.replication_address() != address) continue;
      const Network network = site ? Network::Site : Network::Replication;
      const auto meets = path(from, node.name, network, 0);
      if (meets) return WayTo{node.name, network, 0, *meets};
    }
    const auto host = host_of_guest(config(), address);
    const auto meets = host ? path(from, *host, Network::Site, kGuestPort) : std::nullopt;
    if (meets) return WayTo{*host, Network::Site, kGuestPort, *meets};
    return std::nullopt;
  }
  static Cut cut_at(const Impairment& way, Instant at) {
    const Cut whole =
        way.cut == Cut::None && (way.flapping || way.loss_percent >= 100) ? Cut::Drop : way.cut;
    if (!way.flapping) return whole;
    return at.time_since_epoch() % way.flapping->period < way.flapping->down ? whole : Cut::None;
  }
  Cut cut_now(const Impairment& way) { return cut_at(way, clock().now()); }
  bool dead(const Impairment& way) { return cut_now(way) != Cut::None; }

  static void impair(const Impairment& way, const StreamPlan& plan, StreamResult& result) {
    const int passed = result.received;
    const auto share = [&](double percent) {
      return static_cast<int>(std::lround(passed * percent / 100));
    };
    const int lost = share(way.bursts ? way.bursts->mean_loss_percent() : way.loss_percent);
    const double run = way.bursts ? 100 / way.bursts->leave_percent : 1;
    result.gaps += static_cast<int>(std::ceil(lost / run));
    result.corrupted = std::min(share(way.corrupt_percent), passed - lost);
    result.received = passed - lost - result.corrupted;
    result.duplicates = std::min(share(way.duplicate_percent), result.received);
    result.overtaken = std::min(share(way.reorder_percent), result.received);
    for (int i = 0; i < result.received; ++i) {
      // Jitter swings between its two ends; those that overtake are not delayed at all.
      const Duration delayed = way.delay + (i % 2 == 0 ? way.jitter : -way.jitter);
      result.transits.push_back(std::chrono::microseconds(500) +
                                (i < result.overtaken ? Duration::zero() : delayed));
    }
    constexpr double kSpeedOfLab = 1e8;  // bits per second
    const double limit = static_cast<double>(way.rate_bits_per_second);
    const double bits = 8.0 * (plan.payload_bytes + 42) * plan.count;
    const std::chrono::duration<double> needed(bits / (limit > 0 ? limit : kSpeedOfLab));
    result.arrival_span = std::max<Duration>(plan.interval * plan.count,
                                             std::chrono::duration_cast<Duration>(needed));
  }

  std::map<std::string, Flow> flows_;
  int last_flow_ = 0;
  int disturbed_ = 0;
  Duration extra_{};
};

}  // namespace splitsite
