// What measuring shows in the fake lab, computed from what a packet meets on its way: no chance, no
// real time, but every measurement lets its time pass. Linked by tests only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "harness/fault/fake_blocks.hpp"
#include "harness/fault/fake_guests.hpp"
#include "harness/fault/fake_noise.hpp"
#include "harness/fault/fake_stream.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

class FakeNetwork : public Prober, public FakeGuests, public FakeNoise {
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
    for (int i = 0; i < plan.count; ++i) {
      result.round_trips.push_back(trip + strayed_by(there->meets, i) + strayed_by(*back, i / 2) +
                                   draw_noise());
    }
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
    impair_stream(*way, plan, *this, result);
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
    return open_flow_to_port(from, to, network, 0);
  }
  Result<FlowId> open_flow_to_port(const NodeId& from, const NodeId& to, Network network,
                                   int port) override {
    SPLITSITE_TRY(const auto tried,
                  connect_to_port(from, to, network, port, std::chrono::seconds(1)));
    if (tried.outcome != ConnectResult::Outcome::Connected) {
      return Error{.kind = ErrorKind::Refused, .attempted = "open a flow", .why = describe(tried)};
    }
    const std::string id = std::to_string(++last_flow_);
    flows_[id] = {from, to, network, port};
    return FlowId{from, id};
  }
  Result<FlowResult> exchange(const FlowId& flow, Duration timeout) override {
    Flow& known = flows_.at(flow.id);
    SPLITSITE_TRY(const auto tried, connect(known.from, known.to, known.network, timeout));
    known.broken = known.broken || tried.outcome == ConnectResult::Outcome::Refused ||
                   (known.port != 0 && ends_connections(known.to, known.port));
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
  // Whether what is in force in the node ends the connections to that port of its.
  virtual bool ends_connections(const NodeId& node, int port) const = 0;

 private:
  struct Flow {
    NodeId from;
    NodeId to;
    Network network;
    int port = 0;
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

  std::map<std::string, Flow> flows_;
  int last_flow_ = 0;
  int disturbed_ = 0;
  Duration extra_{};
};

}  // namespace splitsite
