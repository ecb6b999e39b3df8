// An in-memory lab for tests: power, links, changes in nodes and measurements that follow from
// them, a manual clock, and a switch that makes the n-th change fail. Linked by tests only.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "harness/fault/fake_blocks.hpp"
#include "harness/fault/fake_network.hpp"
#include "harness/fault/fake_observers.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class FakeLab final : public Power,
                      public Links,
                      public NodeControl,
                      public FakeNetwork,
                      public FakeObservers {
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
  ManualClock& clock() override { return clock_; }
  const LabConfig& config() const override { return config_; }
  auto state() const { return std::tuple(off_, dead_, suspended_, links_, changes_); }
  // Has power, and its software lives.
  bool runs(const NodeId& node) const {
    return off_.count(node) + suspended_.count(node) + dead_.count(node) == 0;
  }
  int boots(const NodeId& node) { return boots_[node]; }  // since this lab was made

  Result<void> off(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (deaf_) return success();
    off_.insert(node);
    dead_.erase(node);
    lose_changes(changes_, node);
    return success();
  }
  Result<void> on(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (off_.erase(node) > 0) boot(node);
    return success();
  }
  Result<void> reset(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (deaf_) return success();
    boot(node);
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

  // A change of this kind takes its node down, in a way that may depend on its arguments.
  enum class Fall { Off, Dead, BootsAnew };
  void falls_by(const std::string& kind, std::function<Fall(const nlohmann::json&)> how) {
    falls_[kind] = std::move(how);
  }
  bool in_force(const NodeId& node, const std::string& kind) const {
    return arguments_of(node, kind).has_value();
  }
  std::optional<nlohmann::json> arguments_of(const NodeId& node, const std::string& kind) const {
    return find_arguments(changes_, node, kind);
  }
  Result<nlohmann::json> apply(const NodeId& node, const std::string& id, const std::string& kind,
                               const nlohmann::json& arguments) override {
    SPLITSITE_TRY_VOID(change());
    if (deaf_) return nlohmann::json::object();
    const auto fall = falls_.find(kind);
    if (fall != falls_.end()) go_down(node, fall->second(arguments));
    if (fall == falls_.end()) changes_[{node, id}] = {kind, arguments};
    return nlohmann::json::object();
  }
  Result<void> revert(const NodeId& node, const std::string& id) override {
    SPLITSITE_TRY_VOID(change());
    changes_.erase({node, id});
    return success();
  }
  Result<nlohmann::json> observe(const NodeId& node, const std::string& kind,
                                 const nlohmann::json& arguments) override {
    return observe_in(*this, node, kind, arguments);
  }
  // Who does not answer is waited for as long as may be.
  Result<nlohmann::json> observe_within(const NodeId& node, const std::string& kind,
                                        const nlohmann::json& arguments, Duration bound) override {
    auto seen = observe(node, kind, arguments);
    if (!seen) clock_.advance(bound);
    return seen;
  }

 private:
  void go_down(const NodeId& node, Fall fall) {
    lose_changes(changes_, node);
    if (fall == Fall::Off) off_.insert(node);
    if (fall == Fall::Dead) dead_.insert(node);
    if (fall == Fall::BootsAnew) boot(node);
  }
  void boot(const NodeId& node) {
    lose_changes(changes_, node);
    dead_.erase(node);
    ++boots_[node];
  }
  std::optional<Impairment> path(const NodeId& from, const NodeId& to, Network network,
                                 int port) const override {
    const NodeConfig* source = config_.find_node(from);
    const NodeConfig* target = config_.find_node(to);
    if (source == nullptr || target == nullptr || !runs(from) || !runs(to)) return std::nullopt;
    return met_by_packets(links_, changes_, *source, *target, network, port);
  }
  bool ends_connections(const NodeId& node, int) const override {
    return in_force(node, "api.proxy");
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
  std::set<NodeId> dead_;  // power, and no software that lives
  std::set<NodeId> suspended_;
  std::map<NodeId, int> boots_;
  std::map<std::string, std::function<Fall(const nlohmann::json&)>> falls_;
  std::map<LinkDirection, Impairment> baseline_;
  std::map<LinkDirection, Impairment> links_;
  LinkOwner owner_{*this};
  FakeChanges changes_;
  int fail_in_ = 0;
  bool deaf_ = false;
};

}  // namespace splitsite
