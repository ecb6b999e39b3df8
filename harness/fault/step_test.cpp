#include "harness/fault/step.hpp"

#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Plan kPlan = {PowerOff{NodeId("host-a1")},
                    ImpairLink{.direction = {LinkKind::Replication, SiteId("a"), SiteId("b")},
                               .before = {.delay = 1ms},
                               .during = {.delay = 1ms, .jitter = 200us, .loss_percent = 12.5}}};

TEST_CASE("A plan survives the undo log") {
  const auto back = plan_from_text(to_text(kPlan));
  REQUIRE(back.has_value());
  CHECK(back.value() == kPlan);
}

TEST_CASE("A plan reads like what it does") {
  CHECK(describe(kPlan[0]) == "power off host-a1");
  CHECK(describe(kPlan[1]) ==
        "set replication link a to b from delay 1 ms to delay 1 ms ± 0.2 ms, loss 12.5 %");
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
  const auto undone = undo_all(kPlan, bench.switches());
  REQUIRE(undone.has_error());
  CHECK_THAT(undone.error().message(), Catch::Contains("replication link"));
  CHECK(lab.state(NodeId("host-a1")).value() == PowerState::On);
}

}  // namespace
}  // namespace splitsite
