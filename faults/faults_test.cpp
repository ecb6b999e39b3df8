// Each fault on the fake lab: its plan as golden text, its proofs red with nothing injected, and
// the whole life in and out again.
#include <cstdlib>
#include <filesystem>

#include "faults/link_delay.hpp"
#include "faults/site/site_isolation.hpp"
#include "faults/site/site_power_loss.hpp"
#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

std::string text_of(const Fault& fault) {
  const auto plan = fault.plan(fake_config());
  if (!plan) return plan.error().message();
  std::string text;
  for (const Step& step : plan.value()) text += describe(step) + "\n";
  return text;
}

std::vector<std::unique_ptr<Fault>> every_fault() {
  std::vector<std::unique_ptr<Fault>> all;
  all.push_back(std::make_unique<SitePowerLoss>(SiteId("a")));
  all.push_back(std::make_unique<SiteIsolation>(SiteId("a")));
  all.push_back(std::make_unique<LinkDelay>(SiteId("a"), SiteId("b"), 10ms));
  return all;
}

TEST_CASE("Link delay adds to the baseline, each way") {
  CHECK(text_of(LinkDelay(SiteId("b"), SiteId("a"), 10ms)) ==
        "add to site link a to b: delay 10 ms\n"
        "add to site link b to a: delay 10 ms\n");
}

TEST_CASE("A wrong parameter is named together with what is allowed") {
  CHECK_THAT(text_of(LinkDelay(SiteId("a"), SiteId("b"), -3ms)),
             Catch::Contains("\"added\": -3 ms is out of range"));
  CHECK_THAT(text_of(LinkDelay(SiteId("a"), SiteId("q"), 3ms)),
             Catch::Contains("name one of: a-b, a-w, b-w"));
}

TEST_CASE("No proof succeeds when nothing was injected") {
  for (const auto& fault : every_fault()) {
    FakeLab lab(fake_config());
    INFO(fault->describe());
    REQUIRE(fault->measure_before(lab.bench()).has_value());
    CHECK(fault->prove(lab.bench()).has_error());
  }
}

TEST_CASE("No heal is proven while the fault is still in force") {
  for (const auto& fault : every_fault()) {
    FakeLab lab(fake_config());
    INFO(fault->describe());
    REQUIRE(fault->measure_before(lab.bench()).has_value());
    const auto plan = fault->plan(lab.config()).value();
    for (const Step& step : plan)
      REQUIRE(splitsite::apply(step, FaultId("f"), lab.bench().switches()).has_value());
    CHECK(fault->prove(lab.bench()).has_value());
    CHECK(fault->prove_healed(lab.bench()).has_error());
  }
}

TEST_CASE("Every fault ends where it began, whichever change fails on the way") {
  for (int failing = 0; failing <= 4; ++failing) {
    for (auto& fault : every_fault()) {
      FakeLab lab(fake_config());
      FakeUndoLog undo;
      char path[] = "/tmp/splitsite-faults-XXXXXX";
      const std::filesystem::path dir = ::mkdtemp(path);
      auto history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
      const auto before = lab.state();
      {
        Injector injector(lab.bench(), undo, history);
        INFO(fault->describe() << ", change " << failing << " fails");
        lab.fail_change(failing);
        auto active = injector.inject(std::move(fault));
        lab.fail_change(0);
        if (active) CHECK(std::move(active).value().heal().has_value());
        CHECK_FALSE(injector.dirty());
      }
      CHECK(lab.state() == before);
      std::filesystem::remove_all(dir);
    }
  }
}

}  // namespace
}  // namespace splitsite
