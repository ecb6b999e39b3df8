#include "harness/fault/injector.hpp"

#include "harness/fault/testing_injector.hpp"
#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

TEST_CASE("An active fault is proven and in force; healed, the lab is as before") {
  InjectorBed f;
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
  InjectorBed f;
  f.lab.ignore_changes(true);
  const auto fault = f.cut({"host-a1"});
  REQUIRE(fault.has_error());
  CHECK(f.recorded(kind::fault_not_proven));
  CHECK_FALSE(f.recorded(kind::fault_active));
  CHECK(f.undo.pending().value().empty());
}

TEST_CASE("Whichever step fails, the lab is afterwards what it was before") {
  for (int failing = 1; failing <= 3; ++failing) {
    InjectorBed f;
    const auto before = f.lab.state();
    f.lab.fail_change(failing);
    CHECK(f.cut({"host-a1", "host-a2", "sto-a"}).has_error());
    CHECK(f.lab.state() == before);
    CHECK_FALSE(f.injector.dirty());
    CHECK(f.undo.pending().value().empty());
  }
}

TEST_CASE("Two faults do not own the same resource, and the second changes nothing") {
  InjectorBed f;
  auto first = f.cut({"host-a1"});
  REQUIRE(first.has_value());
  const auto second = f.cut({"host-a2", "host-a1"});
  REQUIRE(second.has_error());
  CHECK(second.error().kind == ErrorKind::Conflict);
  CHECK(f.lab.state(NodeId("host-a2")).value() == PowerState::On);
}

TEST_CASE("A fault that leaves its scope is healed and the history says so") {
  InjectorBed f;
  { REQUIRE(f.cut({"host-a1"}).has_value()); }
  CHECK(f.lab.state(NodeId("host-a1")).value() == PowerState::On);
  CHECK(f.recorded(kind::fault_healed));
}

TEST_CASE("What cannot be healed marks the injector, stays in the undo log, and heals later") {
  InjectorBed f;
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

TEST_CASE("What is undone but not proven gone stays in the undo log") {
  InjectorBed f;
  const Plan plan{PowerOff{NodeId("host-a1")}};
  auto fault = f.injector.inject(std::make_unique<Anything>(plan, false));
  REQUIRE(fault.has_value());
  REQUIRE(std::move(fault).value().heal().has_error());
  CHECK(f.injector.dirty());
  CHECK(f.undo.pending().value().size() == 1);
  CHECK(heal_left_behind(f.undo, f.lab.bench().switches()).value() == 1);
  CHECK(f.lab.state(NodeId("host-a1")).value() == PowerState::On);
}

TEST_CASE("A roll-back after a failed proof is proven too, or the lab is left dirty") {
  const Plan plan{PowerOff{NodeId("host-a1")}};
  InjectorBed clean;
  CHECK(clean.injector.inject(std::make_unique<Anything>(plan, true, false)).has_error());
  CHECK_FALSE(clean.injector.dirty());
  CHECK(clean.undo.pending().value().empty());
  InjectorBed f;
  const auto fault = f.injector.inject(std::make_unique<Anything>(plan, false, false));
  REQUIRE(fault.has_error());
  CHECK_THAT(fault.error().message(),
             Catch::Contains("nothing to be seen") && Catch::Contains("it is still there"));
  CHECK(f.injector.dirty());
  CHECK(f.recorded(kind::fault_left));
  CHECK(f.undo.pending().value().size() == 1);
}

TEST_CASE("A healed fault that was not what was asked is clean, and not proven") {
  InjectorBed f;
  const Plan plan{PowerOff{NodeId("host-a1")}};
  auto fault = f.injector.inject(std::make_unique<Anything>(plan, true, true, "shorter"));
  REQUIRE(fault.has_value());
  CHECK_FALSE(f.recorded(kind::fault_not_proven));
  CHECK(std::move(fault).value().heal().has_value());
  CHECK(f.recorded(kind::fault_not_proven));
  CHECK(f.recorded(kind::fault_healed));
  CHECK_FALSE(f.injector.dirty());
}

TEST_CASE("What was changed in a node that lost its power meanwhile is gone, whatever it was") {
  InjectorBed f;
  const Plan plan{InNode{NodeId("host-a1"), "clock.step", {{"by_ns", 1}}, "clock"},
                  InNode{NodeId("host-a2"), "disk.fill", {}, "disk"}};
  const auto inject = [&] { return f.injector.inject(std::make_unique<Anything>(plan, false)); };
  {
    auto fault = inject();
    REQUIRE(fault.has_value());
    REQUIRE(f.lab.off(NodeId("host-a1")).has_value());
    REQUIRE(f.lab.off(NodeId("host-a2")).has_value());
    CHECK(std::move(fault).value().heal().has_value());
    CHECK_FALSE(f.injector.dirty());
    CHECK(f.undo.pending().value().empty());
  }
  REQUIRE(f.lab.on(NodeId("host-a1")).has_value());
  REQUIRE(f.lab.on(NodeId("host-a2")).has_value());
  auto fault = inject();
  REQUIRE(f.lab.off(NodeId("host-a1")).has_value());
  CHECK(std::move(fault).value().heal().has_error());  // the other node lives and must be asked
}

TEST_CASE("A fault of a node that another fault switched off or stopped is refused") {
  InjectorBed f;
  const NodeId node("host-a1");
  auto off = f.injector.inject(std::make_unique<Anything>(Plan{PowerOff{node}}));
  REQUIRE(off.has_value());
  const Plan inside{InNode{node, "process.stop", {{"name", "x"}}, "process x"}};
  const auto refused = f.injector.inject(std::make_unique<Anything>(inside));
  REQUIRE(refused.has_error());
  CHECK(refused.error().kind == ErrorKind::Conflict);
  CHECK_THAT(refused.error().message(), Catch::Contains("both change host-a1"));
  REQUIRE(std::move(off).value().heal().has_value());
  CHECK(f.injector.inject(std::make_unique<Anything>(inside)).has_value());
}

TEST_CASE("Healing what was left goes on after an entry that cannot be undone") {
  InjectorBed f;
  REQUIRE(f.lab.off(NodeId("host-a1")).has_value());
  REQUIRE(f.undo.write(to_text(Plan{PowerOff{NodeId("host-a1")}})).has_value());
  REQUIRE(f.undo.write("nonsense").has_value());
  CHECK(heal_left_behind(f.undo, f.lab.bench().switches()).has_error());
  CHECK(f.lab.state(NodeId("host-a1")).value() == PowerState::On);
  CHECK(f.undo.pending().value().size() == 1);
}

TEST_CASE("An interrupted run whose lab ends with it wastes no time on healing, and says so") {
  InjectorBed f;
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
  const auto dir = InjectorBed::make_dir();
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

std::string power_story(const InjectorBed& f, const char* event_kind, const char* key) {
  std::string story;
  for (const Event& event : f.history.events()) {
    if (event.kind != event_kind) continue;
    story += event.subject + (event.data.value(key, false) ? " yes " : " no ");
  }
  return story;
}

TEST_CASE("The history tells when a node lost power, also by a reset, and when it stood still") {
  InjectorBed f;
  const Plan plan = {PowerOff{NodeId("sto-a")}, PowerReset{NodeId("host-a1")},
                     Suspend{NodeId("host-b1")}};
  auto fault = f.injector.inject(std::make_unique<Anything>(plan));
  REQUIRE(fault.has_value());
  CHECK(power_story(f, kind::node_power, "on") == "sto-a no host-a1 no host-a1 yes ");
  CHECK(power_story(f, kind::node_suspended, "suspended") == "host-b1 yes ");
  REQUIRE(std::move(fault).value().heal().has_value());
  CHECK_THAT(power_story(f, kind::node_power, "on"), Catch::Contains("sto-a yes"));
  CHECK(power_story(f, kind::node_suspended, "suspended") == "host-b1 yes host-b1 no ");
}

TEST_CASE("A node that goes down by its own doing is down by the end of the proof") {
  InjectorBed f;
  const Plan plan = {TakeDown{.node = NodeId("host-a1"), .kind = "node.shutdown"}};
  auto fault = f.injector.inject(std::make_unique<Anything>(plan));
  REQUIRE(fault.has_value());
  CHECK(power_story(f, kind::node_power, "on") == "host-a1 no ");
}

TEST_CASE("Two faults that cannot share a link: the second touches nothing at all") {
  InjectorBed f;
  const LinkDirection there{LinkKind::Site, SiteId("a"), SiteId("b")};
  const LinkDirection back{LinkKind::Site, SiteId("b"), SiteId("a")};
  const Impairment bursts{.bursts = BurstLoss{1, 20, 100, 0}};
  auto first = f.injector.inject(std::make_unique<Anything>(Plan{ImpairLink{back, bursts}}));
  REQUIRE(first.has_value());
  const auto before = f.lab.state();
  const Plan both = {ImpairLink{there, bursts}, ImpairLink{back, bursts}};
  const auto second = f.injector.inject(std::make_unique<Anything>(both));
  REQUIRE(second.has_error());
  CHECK(second.error().kind == ErrorKind::Conflict);
  CHECK(f.lab.state() == before);
  CHECK(f.undo.pending().value().size() == 1);
}

TEST_CASE("Being asked to stop does not leave a heal without its proof") {
  FakeLab lab(fake_config());
  FakeUndoLog undo;
  const auto dir = InjectorBed::make_dir();
  auto history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
  std::stop_source stop;
  Bench bench = lab.bench();
  bench.stop = stop.get_token();
  Injector injector(bench, undo, history);
  auto fault = injector.inject(std::make_unique<Anything>(Plan{PowerOff{NodeId("host-a1")}}));
  REQUIRE(fault.has_value());
  stop.request_stop();
  CHECK(std::move(fault).value().heal().has_value());
  CHECK_FALSE(injector.dirty());
  std::filesystem::remove_all(dir);
}

TEST_CASE("The gate asks for health only where nothing is in force yet") {
  FakeLab lab(fake_config());
  FakeUndoLog undo;
  const auto dir = InjectorBed::make_dir();
  auto history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
  int asked = 0;
  Injector injector(lab.bench(), undo, history, [&]() -> Result<void> {
    ++asked;
    return success();
  });
  {
    const auto first = injector.inject(std::make_unique<Outage>(std::vector{NodeId("host-a1")}));
    const auto second = injector.inject(std::make_unique<Outage>(std::vector{NodeId("host-a2")}));
    CHECK(first.has_value());
    CHECK(second.has_value());
    CHECK(asked == 1);
  }
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace splitsite
