#include "harness/fault/step.hpp"

#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Plan kPlan = {PowerOff{NodeId("host-a1")},
                    ImpairLink{.direction = {LinkKind::Replication, SiteId("a"), SiteId("b")},
                               .effect = {.delay = 1ms,
                                          .jitter = 200us,
                                          .loss_percent = 12.5,
                                          .cut = Cut::Reject,
                                          .flapping = Flapping{2s, 500ms}}},
                    PowerReset{NodeId("host-a2")},
                    Suspend{NodeId("sto-a")},
                    InNode{NodeId("host-b1"), "process.stop", {{"name", "sanlock"}}, "sanlock"},
                    TakeDown{NodeId("host-b2"), "node.panic", {{"then", "hang"}}, true},
                    Hold{.applying = 100ms, .undoing = 3s}};

TEST_CASE("A plan survives the undo log") {
  // Words, not numbers: an undo log is read by people, and by the next version.
  CHECK_THAT(to_text(kPlan), Catch::Contains(R"("cut":"reject")"));
  const auto back = plan_from_text(to_text(kPlan));
  REQUIRE(back.has_value());
  CHECK(back.value() == kPlan);
}

TEST_CASE("A plan reads like what it does") {
  CHECK(describe(kPlan[0]) == "power off host-a1");
  CHECK(describe(kPlan[1]) ==
        "add to replication link a to b: delay 1 ms ± 0.2 ms, loss 12.5 %, "
        "cut (reject) for 500 ms of every 2000 ms");
  CHECK(describe(kPlan[2]) == "reset host-a2");
  CHECK(describe(kPlan[3]) == "suspend sto-a");
  CHECK(describe(kPlan[4]) == R"(on host-b1: process.stop {"name":"sanlock"})");
  CHECK(describe(kPlan[5]) == R"(take down host-b2: node.panic {"then":"hang"})");
  CHECK(describe(kPlan[6]) == "hold for 0.1 s (undoing: 3 s)");
}

TEST_CASE("What cannot be read from the undo log is an error, never half a plan") {
  CHECK(plan_from_text("nonsense").has_error());
  CHECK(plan_from_text(R"([{"step":"explode"}])").has_error());
  CHECK(plan_from_text(R"([{"step":"power_off"}])").has_error());
  CHECK(
      plan_from_text(R"([{"step":"impair_link","link":"wire","from":"a","to":"b"}])").has_error());
}

TEST_CASE("Undoing goes on after an error and tells all of them") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  REQUIRE(lab.off(NodeId("host-a1")).has_value());
  lab.fail_change(1);
  const auto undone = undo_all(kPlan, FaultId("f"), bench.switches());
  REQUIRE(undone.has_error());
  CHECK_THAT(undone.error().message(), Catch::Contains("node.panic"));
  CHECK(lab.state(NodeId("host-a1")).value() == PowerState::On);
}

// A lab with one kind of fall, and an agent that answers while its node is alive.
struct Falling {
  FakeLab lab{fake_config()};
  NodeId node{"host-a1"};
  bool going_down = false;

  explicit Falling(FakeLab::Fall fall) {
    lab.falls_by("node.fall", [=](const nlohmann::json&) { return fall; });
    lab.observe_by(
        "node.fall",
        [this](FakeLab& l, const NodeId& n, const nlohmann::json&) -> Result<nlohmann::json> {
          if (l.runs(n)) return nlohmann::json{{"going_down", going_down}};
          return Error{
              .kind = ErrorKind::Unavailable, .attempted = "hear from", .subject = n.str()};
        });
  }
  Step step(bool comes_back) const { return TakeDown{node, "node.fall", {}, comes_back}; }
  Result<void> undo(bool comes_back) {
    return splitsite::undo(step(comes_back), FaultId("f"), lab.bench().switches());
  }
  void fall() { REQUIRE(apply(step(false), FaultId("f"), lab.bench().switches()).has_value()); }
};

TEST_CASE("A node that shut down gets its power back") {
  Falling f(FakeLab::Fall::Off);
  f.fall();
  CHECK(f.lab.state(f.node).value() == PowerState::Off);
  REQUIRE(f.undo(false).has_value());
  CHECK(f.lab.runs(f.node));
}

TEST_CASE("A node that hangs after its fall is powered off and on") {
  Falling f(FakeLab::Fall::Dead);
  f.fall();
  CHECK(f.lab.state(f.node).value() == PowerState::On);
  CHECK_FALSE(f.lab.runs(f.node));
  REQUIRE(f.undo(true).has_value());  // it was to come back and did not
  CHECK(f.lab.runs(f.node));
  CHECK(f.lab.boots(f.node) == 1);
}

TEST_CASE("A node that never fell, or has come back by itself, keeps its power") {
  Falling never(FakeLab::Fall::Off);
  REQUIRE(never.undo(false).has_value());
  CHECK(never.lab.boots(never.node) == 0);
  Falling back(FakeLab::Fall::BootsAnew);
  back.fall();
  REQUIRE(back.undo(true).has_value());
  CHECK(back.lab.boots(back.node) == 1);
}

TEST_CASE("A node stuck half way down is powered off and on") {
  Falling f(FakeLab::Fall::Off);
  f.going_down = true;
  REQUIRE(f.undo(false).has_value());
  CHECK(f.lab.boots(f.node) == 1);
}

}  // namespace
}  // namespace splitsite
