// An in-memory lab for tests: power, links and pings that follow from them, a manual clock, and a
// switch that makes the n-th change fail. Linked by tests only.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/fault/fault.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite {

class FakeLab final : public Power, public Links, public NodeControl, public Prober {
 public:
  explicit FakeLab(LabConfig config) : config_(std::move(config)) {
    for (const LinkConfig& link : config_.links) {
      links_[{link.kind, link.first, link.second}] = link.first_to_second;
      links_[{link.kind, link.second, link.first}] = link.second_to_first;
    }
    baseline_ = links_;
  }

  // The n-th change from now on fails half way (1 = the next). 0: none does.
  void fail_change(int n) { fail_in_ = n; }
  // Changes are accepted and have no effect, so every proof must fail.
  void ignore_changes(bool yes) { deaf_ = yes; }

  Bench bench() { return Bench{config_, *this, *this, owner_, *this, *this, clock_}; }
  ManualClock& clock() { return clock_; }
  const LabConfig& config() const { return config_; }
  auto state() const { return std::tuple(off_, suspended_, links_, changes_); }

  Result<void> off(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (deaf_) return success();
    off_.insert(node);
    lose_changes_of(node);
    return success();
  }
  Result<void> on(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    off_.erase(node);
    return success();
  }
  Result<void> reset(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (deaf_) return success();
    ++resets_[node];
    lose_changes_of(node);
    return success();
  }
  Result<void> suspend(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (!deaf_) suspended_.insert(node);
    return success();
  }
  Result<void> resume(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    suspended_.erase(node);
    return success();
  }
  Result<PowerState> state(const NodeId& node) override {
    if (suspended_.count(node) > 0) return PowerState::Paused;
    return off_.count(node) > 0 ? PowerState::Off : PowerState::On;
  }
  int resets(const NodeId& node) { return resets_[node]; }

  std::vector<LinkDirection> directions() const override {
    std::vector<LinkDirection> all;
    for (const auto& entry : links_) all.push_back(entry.first);
    return all;
  }
  Impairment baseline(const LinkDirection& direction) const override {
    return baseline_.at(direction);
  }
  Result<Impairment> read(const LinkDirection& direction) override { return links_.at(direction); }
  Result<void> set(const LinkDirection& direction, const Impairment& impairment) override {
    SPLITSITE_TRY_VOID(change());
    if (!deaf_) links_.at(direction) = impairment;
    return success();
  }

  // Changes in nodes. What observe() says of a kind is the test's to define.
  using Observer = std::function<Result<nlohmann::json>(FakeLab&, const NodeId&,
                                                        const nlohmann::json& arguments)>;
  void observe_by(const std::string& kind, Observer observer) {
    observers_[kind] = std::move(observer);
  }
  bool in_force(const NodeId& node, const std::string& kind) const {
    return std::any_of(changes_.begin(), changes_.end(), [&](const auto& entry) {
      return entry.first.first == node && entry.second.first == kind;
    });
  }
  Result<nlohmann::json> apply(const NodeId& node, const std::string& id, const std::string& kind,
                               const nlohmann::json& arguments) override {
    SPLITSITE_TRY_VOID(change());
    if (!deaf_) changes_[{node, id}] = {kind, arguments};
    return nlohmann::json::object();
  }
  Result<void> revert(const NodeId& node, const std::string& id) override {
    SPLITSITE_TRY_VOID(change());
    changes_.erase({node, id});
    return success();
  }
  Result<nlohmann::json> observe(const NodeId& node, const std::string& kind,
                                 const nlohmann::json& arguments) override {
    const auto observer = observers_.find(kind);
    if (observer != observers_.end()) return observer->second(*this, node, arguments);
    return Error{.kind = ErrorKind::Unavailable, .attempted = "observe", .subject = kind};
  }

  Result<PingResult> ping(const NodeId& from, const std::string& address,
                          const PingPlan& plan) override {
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

  Result<StreamResult> stream(const StreamPlan& plan) override {
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
  Result<ConnectResult> connect(const NodeId& from, const NodeId& to, Network network,
                                Duration timeout) override {
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
  Result<FlowId> open_flow(const NodeId& from, const NodeId& to, Network network) override {
    flows_.push_back({from, to, network});
    return FlowId{from, std::to_string(flows_.size() - 1)};
  }
  Result<FlowResult> exchange(const FlowId& flow, Duration timeout) override {
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
  Result<void> close_flow(const FlowId&) override { return success(); }

 private:
  bool runs(const NodeId& node) const {
    return off_.count(node) == 0 && suspended_.count(node) == 0;
  }
  void lose_changes_of(const NodeId& node) {
    for (auto at = changes_.begin(); at != changes_.end();) {
      at = at->first.first == node ? changes_.erase(at) : std::next(at);
    }
  }
  // What a packet meets on its way; nothing if an end is dead.
  std::optional<Impairment> path(const NodeId& from, const NodeId& to, Network network) const {
    const NodeConfig* source = config_.find_node(from);
    const NodeConfig* target = config_.find_node(to);
    if (source == nullptr || target == nullptr || !runs(from) || !runs(to)) return std::nullopt;
    if (source->site == target->site) return Impairment{};
    const LinkKind kind = network == Network::Site ? LinkKind::Site : LinkKind::Replication;
    return links_.at({kind, source->site, target->site});
  }
  Result<void> change() {
    if (fail_in_ > 0 && --fail_in_ == 0) {
      return Error{.kind = ErrorKind::Refused, .attempted = "change the fake lab"};
    }
    return success();
  }

  LabConfig config_;
  ManualClock clock_;
  std::set<NodeId> off_;
  std::set<NodeId> suspended_;
  std::map<NodeId, int> resets_;
  std::map<LinkDirection, Impairment> baseline_;
  std::map<LinkDirection, Impairment> links_;
  LinkOwner owner_{*this};
  std::map<std::pair<NodeId, std::string>, std::pair<std::string, nlohmann::json>> changes_;
  std::map<std::string, Observer> observers_;
  std::vector<std::tuple<NodeId, NodeId, Network>> flows_;
  int fail_in_ = 0;
  bool deaf_ = false;
};

class FakeUndoLog final : public UndoLog {
 public:
  Result<long> write(const std::string& text) override {
    entries_.push_back({static_cast<long>(entries_.size()) + 1, text});
    open_.insert(entries_.back().id);
    return entries_.back().id;
  }
  Result<void> mark_done(long id) override {
    open_.erase(id);
    return success();
  }
  Result<std::vector<UndoEntry>> pending() override {
    std::vector<UndoEntry> rest;
    std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(rest),
                 [&](const UndoEntry& e) { return open_.count(e.id) > 0; });
    return rest;
  }

 private:
  std::vector<UndoEntry> entries_;
  std::set<long> open_;
};

// Two sites with two hosts and a storage node each, a third site with a witness.
inline LabConfig fake_config() {
  LabConfig config;
  config.name = "fake";
  config.sites = {{SiteId("a"), SiteRole::Primary},
                  {SiteId("b"), SiteRole::Secondary},
                  {SiteId("w"), SiteRole::Third}};
  const auto node = [&](const char* name, NodeRole role, const char* site, const char* address) {
    NodeConfig made{.name = NodeId(name), .role = role, .site = SiteId(site)};
    made.nics = {{.device = "eth0",
                  .network = std::string("site-") + site,
                  .mac = "",
                  .address = std::string(address) + "/24"}};
    config.nodes.push_back(made);
  };
  node("host-a1", NodeRole::Host, "a", "10.77.0.11");
  node("host-a2", NodeRole::Host, "a", "10.77.0.12");
  node("sto-a", NodeRole::Storage, "a", "10.77.0.19");
  node("host-b1", NodeRole::Host, "b", "10.77.0.21");
  node("host-b2", NodeRole::Host, "b", "10.77.0.22");
  node("sto-b", NodeRole::Storage, "b", "10.77.0.29");
  node("manager", NodeRole::Manager, "w", "10.77.0.31");
  node("witness", NodeRole::Witness, "w", "10.77.0.32");
  const auto link = [&](LinkKind kind, const char* x, const char* y) {
    config.links.push_back({.kind = kind, .first = SiteId(x), .second = SiteId(y)});
  };
  link(LinkKind::Site, "a", "b");
  link(LinkKind::Site, "a", "w");
  link(LinkKind::Site, "b", "w");
  link(LinkKind::Replication, "a", "b");
  return config;
}

}  // namespace splitsite
