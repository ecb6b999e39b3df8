// An in-memory lab for tests: power, links and pings that follow from them, a manual clock, and a
// switch that makes the n-th change fail. Linked by tests only.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/fault/fault.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite {

class FakeLab final : public Power, public Links, public Prober {
 public:
  explicit FakeLab(LabConfig config) : config_(std::move(config)) {
    for (const LinkConfig& link : config_.links) {
      links_[{link.kind, link.first, link.second}] = link.first_to_second;
      links_[{link.kind, link.second, link.first}] = link.second_to_first;
    }
  }

  // The n-th change from now on fails half way (1 = the next). 0: none does.
  void fail_change(int n) { fail_in_ = n; }
  // Changes are accepted and have no effect, so every proof must fail.
  void ignore_changes(bool yes) { deaf_ = yes; }

  Bench bench() { return Bench{config_, *this, *this, *this, clock_}; }
  ManualClock& clock() { return clock_; }
  const LabConfig& config() const { return config_; }
  auto state() const { return std::pair(off_, links_); }

  Result<void> off(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    if (!deaf_) off_.insert(node);
    return success();
  }
  Result<void> on(const NodeId& node) override {
    SPLITSITE_TRY_VOID(change());
    off_.erase(node);
    return success();
  }
  Result<PowerState> state(const NodeId& node) override {
    return off_.count(node) > 0 ? PowerState::Off : PowerState::On;
  }

  std::vector<LinkDirection> directions() const override {
    std::vector<LinkDirection> all;
    for (const auto& entry : links_) all.push_back(entry.first);
    return all;
  }
  Result<Impairment> read(const LinkDirection& direction) override { return links_.at(direction); }
  Result<void> set(const LinkDirection& direction, const Impairment& impairment) override {
    SPLITSITE_TRY_VOID(change());
    if (!deaf_) links_.at(direction) = impairment;
    return success();
  }

  Result<PingResult> ping(const NodeId& from, const std::string& address,
                          const PingPlan& plan) override {
    const NodeConfig* source = config_.find_node(from);
    const NodeConfig* target = nullptr;
    for (const NodeConfig& node : config_.nodes) {
      if (node.role != NodeRole::Wan && node.site_address() == address) target = &node;
    }
    PingResult result{.sent = plan.count};
    if (source == nullptr || target == nullptr || off_.count(from) > 0 ||
        off_.count(target->name) > 0) {
      return result;
    }
    Duration round_trip = std::chrono::milliseconds(1);
    for (const auto& [x, y] :
         {std::pair(source->site, target->site), std::pair(target->site, source->site)}) {
      if (x == y) continue;
      const Impairment& impairment = links_.at({LinkKind::Site, x, y});
      if (impairment.loss_percent >= 100) return result;
      round_trip += impairment.delay;
    }
    result.received = plan.count;
    result.round_trips.assign(static_cast<std::size_t>(plan.count), round_trip);
    return result;
  }

 private:
  Result<void> change() {
    if (fail_in_ > 0 && --fail_in_ == 0) {
      return Error{.kind = ErrorKind::Refused, .attempted = "change the fake lab"};
    }
    return success();
  }

  LabConfig config_;
  ManualClock clock_;
  std::set<NodeId> off_;
  std::map<LinkDirection, Impairment> links_;
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
