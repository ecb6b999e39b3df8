// Each fault on the fake lab: its plan as golden text, its proofs red with nothing injected, and
// the whole life in and out again.
#include <cstdlib>
#include <filesystem>

#include "faults/site/site_isolation.hpp"
#include "faults/site/site_power_loss.hpp"
#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

std::vector<std::unique_ptr<Fault>> every_fault() {
  std::vector<std::unique_ptr<Fault>> all;
  all.push_back(std::make_unique<SitePowerLoss>(SiteId("a")));
  all.push_back(std::make_unique<SiteIsolation>(SiteId("a")));
  return all;
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
