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
                    Hold{.applying = 100ms, .undoing = 3s}};

TEST_CASE("A plan survives the undo log") {
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
  CHECK(describe(kPlan[5]) == "hold for 0.1 s (undoing: 3 s)");
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
  CHECK_THAT(undone.error().message(), Catch::Contains("process.stop"));
  CHECK(lab.state(NodeId("host-a1")).value() == PowerState::On);
}

}  // namespace
}  // namespace splitsite
