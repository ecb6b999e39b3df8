#include "harness/fault/injector.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>

#include "harness/fault/testing_bench.hpp"
#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

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

struct Fixture {
  FakeLab lab{fake_config()};
  FakeUndoLog undo;
  std::filesystem::path dir = make_dir();
  HistoryWriter history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
  Injector injector{lab.bench(), undo, history};

  ~Fixture() { std::filesystem::remove_all(dir); }
  static std::filesystem::path make_dir() {
    char path[] = "/tmp/splitsite-fault-XXXXXX";
    return ::mkdtemp(path);
  }
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

TEST_CASE("An active fault is proven and in force; healed, the lab is as before") {
  Fixture f;
  const auto before = f.lab.state();
  auto fault = f.cut({"host-a1", "host-a2"});
  REQUIRE(fault.has_value());
  CHECK(f.lab.state(NodeId("host-a1")).value() == PowerState::Off);
  CHECK(f.recorded(kind::fault_active));
  CHECK(f.undo.pending().value().size() == 1);
  REQUIRE(std::move(fault).value().heal().has_value());
  CHECK(f.lab.state() == before);
  CHECK(f.undo.pending().value().empty());
  CHECK(f.recorded(kind::fault_healed));
}

TEST_CASE("A fault that has no effect is not active") {
  Fixture f;
  f.lab.ignore_changes(true);
  const auto fault = f.cut({"host-a1"});
  REQUIRE(fault.has_error());
  CHECK(f.recorded(kind::fault_not_proven));
  CHECK_FALSE(f.recorded(kind::fault_active));
  CHECK(f.undo.pending().value().empty());
}

TEST_CASE("Whichever step fails, the lab is afterwards what it was before") {
  for (int failing = 1; failing <= 3; ++failing) {
    Fixture f;
    const auto before = f.lab.state();
    f.lab.fail_change(failing);
    CHECK(f.cut({"host-a1", "host-a2", "sto-a"}).has_error());
    CHECK(f.lab.state() == before);
    CHECK_FALSE(f.injector.dirty());
    CHECK(f.undo.pending().value().empty());
  }
}

TEST_CASE("Two faults do not own the same resource, and the second changes nothing") {
  Fixture f;
  auto first = f.cut({"host-a1"});
  REQUIRE(first.has_value());
  const auto second = f.cut({"host-a2", "host-a1"});
  REQUIRE(second.has_error());
  CHECK(second.error().kind == ErrorKind::Conflict);
  CHECK(f.lab.state(NodeId("host-a2")).value() == PowerState::On);
}

TEST_CASE("A fault that leaves its scope is healed and the history says so") {
  Fixture f;
  { REQUIRE(f.cut({"host-a1"}).has_value()); }
  CHECK(f.lab.state(NodeId("host-a1")).value() == PowerState::On);
  CHECK(f.recorded(kind::fault_healed));
}

TEST_CASE("What cannot be healed marks the injector, stays in the undo log, and heals later") {
  Fixture f;
  auto fault = f.cut({"host-a1"});
  REQUIRE(fault.has_value());
  f.lab.fail_change(1);
  REQUIRE(std::move(fault).value().heal().has_error());
  CHECK(f.injector.dirty());
  CHECK(f.recorded(kind::fault_left));
  CHECK(f.cut({"host-a2"}).has_error());

  const auto healed = heal_left_behind(f.undo, f.lab.bench().switches());
  REQUIRE(healed.has_value());
  CHECK(healed.value() == 1);
  CHECK(f.lab.state(NodeId("host-a1")).value() == PowerState::On);
}

TEST_CASE("An interrupted run whose lab ends with it wastes no time on healing, and says so") {
  Fixture f;
  {
    REQUIRE(f.cut({"host-a1"}).has_value());
    f.injector.leave_faults_to_the_lab();
    REQUIRE(f.cut({"host-a2"}).has_value());
  }
  CHECK(f.lab.state(NodeId("host-a2")).value() == PowerState::Off);
  CHECK(f.recorded(kind::fault_left));
  CHECK_FALSE(f.injector.dirty());
}

TEST_CASE("The gate keeps an unfit lab from being harmed") {
  FakeLab lab(fake_config());
  FakeUndoLog undo;
  const auto dir = Fixture::make_dir();
  auto history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
  Injector injector(lab.bench(), undo, history, []() -> Result<void> {
    return Error{.kind = ErrorKind::Refused, .attempted = "find the lab healthy"};
  });
  const auto before = lab.state();
  CHECK(injector.inject(std::make_unique<Outage>(std::vector{NodeId("host-a1")})).has_error());
  CHECK(lab.state() == before);
  CHECK(undo.pending().value().empty());
  std::filesystem::remove_all(dir);
}

TEST_CASE("Ten thousand random steps through the life cycle never leave a change behind") {
  Fixture f;
  const auto before = f.lab.state();
  std::mt19937 random(20260801);
  std::vector<std::optional<ActiveFault>> active(3);
  const char* const hosts[] = {"host-a1", "host-a2", "sto-a", "host-b1"};
  for (int i = 0; i < 10000; ++i) {
    auto& slot = active[random() % active.size()];
    if (slot) {
      auto fault = std::move(*slot);
      slot.reset();
      if (random() % 2 == 0) REQUIRE(std::move(fault).heal().has_value());
      continue;
    }
    if (random() % 4 == 0) f.lab.fail_change(1);
    auto injected = f.cut({hosts[random() % 4], hosts[random() % 4]});
    f.lab.fail_change(0);
    if (injected) slot.emplace(std::move(injected).value());
  }
  active.clear();
  CHECK(f.lab.state() == before);
  CHECK(f.undo.pending().value().empty());
  CHECK_FALSE(f.injector.dirty());
}

}  // namespace
}  // namespace splitsite
