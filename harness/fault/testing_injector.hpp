// A fake lab with an injector, and faults for tests of the life cycle. Linked by tests only.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {

// Cuts power of some hosts; proven when they are off.
class Outage final : public Fault {
 public:
  explicit Outage(std::vector<NodeId> nodes) : nodes_(std::move(nodes)) {}
  std::string name() const override { return "outage"; }
  std::string describe() const override { return "an outage"; }
  nlohmann::json parameters() const override { return nlohmann::json::object(); }
  Result<Plan> plan(const LabConfig&) const override {
    Plan plan;
    for (const NodeId& node : nodes_) plan.push_back(PowerOff{node});
    return plan;
  }
  Result<Proof> prove(const Bench& bench) const override {
    return every(bench, PowerState::Off, "all off");
  }
  Result<Proof> prove_healed(const Bench& bench) const override {
    return every(bench, PowerState::On, "all on");
  }

 private:
  Result<Proof> every(const Bench& bench, PowerState wanted, const char* claim) const {
    for (const NodeId& node : nodes_) {
      if (bench.power.state(node).value() != wanted) return not_proven(claim, node.str());
    }
    return Proof{claim, "yes", "none"};
  }
  std::vector<NodeId> nodes_;
};

struct InjectorBed {
  FakeLab lab{fake_config()};
  FakeUndoLog undo;
  std::filesystem::path dir = make_dir();
  HistoryWriter history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
  Injector injector{lab.bench(), undo, history};

  ~InjectorBed() { std::filesystem::remove_all(dir); }
  static std::filesystem::path make_dir() { return make_temporary_directory(); }
  Result<ActiveFault> cut(std::vector<const char*> names) {
    std::vector<NodeId> nodes(names.begin(), names.end());
    return injector.inject(std::make_unique<Outage>(nodes));
  }
  bool recorded(const char* event_kind) const {
    for (const Event& event : history.events()) {
      if (event.kind == event_kind) return true;
    }
    return false;
  }
};

// Any steps; proven by nothing but that they could be made unless `shows` says no, gone if `goes`
// says so, with a doubt if there is one.
class Anything final : public Fault {
 public:
  explicit Anything(Plan plan, bool goes = true, bool shows = true, std::string doubt = {})
      : plan_(std::move(plan)), goes_(goes), shows_(shows), doubt_(std::move(doubt)) {}
  std::string name() const override { return "anything"; }
  std::string describe() const override { return "anything"; }
  nlohmann::json parameters() const override { return nlohmann::json::object(); }
  Result<Plan> plan(const LabConfig&) const override { return plan_; }
  Result<Proof> prove(const Bench&) const override {
    if (!shows_) return not_proven("it is done", "nothing to be seen");
    return Proof{"done", "yes", "none"};
  }
  Result<Proof> prove_healed(const Bench& bench) const override {
    if (!goes_) return not_proven("it is undone", "it is still there");
    if (!bench.stop.stop_requested()) return Proof{"undone", "yes", "none", doubt_};
    return Error{.kind = ErrorKind::Interrupted, .attempted = "prove"};
  }

 private:
  Plan plan_;
  bool goes_;
  bool shows_;
  std::string doubt_;
};

}  // namespace splitsite
