// Chances are exact, packets are enough, and each share is found out when it is not what is
// claimed.
#include "faults/measure/impairment.hpp"

#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Way kWay{NodeId("host-a1"), NodeId("host-b1")};
const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};

struct Impaired {
  FakeLab lab{fake_config()};
  explicit Impaired(const Impairment& impairment) {
    REQUIRE(lab.set(kThere, impairment).has_value());
  }
};

TEST_CASE("Binomial chances are those of the textbook") {
  CHECK(chance_of_at_most({0, 10}, 50) == Approx(1.0 / 1024));
  CHECK(chance_of_at_least({10, 10}, 50) == Approx(1.0 / 1024));
  CHECK(chance_of_at_most({5, 10}, 50) == Approx(0.623046875));
  CHECK(chance_of_at_least({0, 10}, 3) == Approx(1));
  CHECK(chance_of_at_most({0, 10}, 0) == Approx(1));
  CHECK(chance_of_at_least({1, 10}, 0) == Approx(0));
  CHECK(chance_of_at_most({9, 10}, 100) == Approx(0));
}

TEST_CASE("Enough packets tell an effect from none, and from a tenth of it, whatever its size") {
  for (const double percent : {0.1, 0.5, 1.0, 5.0, 20.0, 50.0, 90.0}) {
    const int of = enough_packets(percent);
    INFO(percent << " % in " << of << " packets");
    CHECK(of <= 20000);
    CHECK(too_few_for({0, of}, percent));
    const int expected = static_cast<int>(of * percent / 100);
    CHECK_FALSE(too_few_for({expected, of}, percent));
    CHECK_FALSE(too_many_for({expected, of}, percent));
    if (percent >= 0.5) CHECK(too_few_for({expected / 10, of}, percent));
  }
}

TEST_CASE("A share is judged right when it is, and wrong when it is another") {
  const Mishap mishap = GENERATE(Mishap::Lost, Mishap::Twice, Mishap::Damaged);
  for (const double percent : {0.5, 5.0, 30.0}) {
    Impairment effect;
    if (mishap == Mishap::Lost) effect.loss_percent = percent;
    if (mishap == Mishap::Twice) effect.duplicate_percent = percent;
    if (mishap == Mishap::Damaged) effect.corrupt_percent = percent;
    Impaired impaired(effect);
    const Bench bench = impaired.lab.bench();
    INFO(percent);
    CHECK(happens(bench, kWay, mishap, percent).has_value());
    CHECK(happens(bench, kWay, mishap, 3 * percent).has_error());
    CHECK(happens(bench, kWay, mishap, percent / 10, 0).has_error());
    CHECK(hardly_happens(bench, kWay, mishap, percent).has_error());
    CHECK(happens(bench, turned(kWay), mishap, percent).has_error());
    CHECK(hardly_happens(bench, turned(kWay), mishap, percent).has_value());
  }
}

TEST_CASE("Damage that nobody can see is not missed") {
  // All damaged: of 300 frames some seventeen carry it where nobody looks.
  Impaired impaired({.corrupt_percent = 100 * 100.0 / 106});
  CHECK(happens(impaired.lab.bench(), kWay, Mishap::Damaged, 100).has_value());
  CHECK(hardly_happens(impaired.lab.bench(), kWay, Mishap::Damaged, 100).has_error());
}

TEST_CASE("What is only lost is not damaged") {
  Impaired impaired({.loss_percent = 10});
  CHECK(happens(impaired.lab.bench(), kWay, Mishap::Damaged, 10).has_error());
}

TEST_CASE("Losses in runs are told from single ones") {
  const BurstLoss bursts{.enter_percent = 1, .leave_percent = 20};
  const double share = bursts.mean_loss_percent();
  CHECK(share == Approx(100.0 / 21));
  Impaired in_runs({.bursts = bursts});
  CHECK(lost_in_runs(in_runs.lab.bench(), kWay, share, 5).has_value());
  CHECK(lost_in_runs(in_runs.lab.bench(), kWay, 5 * share, 5).has_error());
  Impaired single({.loss_percent = share});
  CHECK(lost_in_runs(single.lab.bench(), kWay, share, 5).has_error());
  Impaired none({});
  CHECK(lost_in_runs(none.lab.bench(), kWay, share, 5).has_error());
}

TEST_CASE("A dead link is no heavy loss") {
  Impaired dead({.loss_percent = 100});
  CHECK(happens(dead.lab.bench(), kWay, Mishap::Lost, 60, 60).has_error());
  CHECK(lost_in_runs(dead.lab.bench(), kWay, 80, 10).has_error());
}

TEST_CASE("Overtaking shows in what arrives early") {
  Impaired impaired({.delay = 20ms, .reorder_percent = 25});
  const Bench bench = impaired.lab.bench();
  CHECK(some_overtake(bench, kWay, 25, 20ms).has_value());
  CHECK(some_overtake(bench, kWay, 5, 20ms).has_error());
  CHECK(keeps_order(bench, kWay).has_error());
  CHECK(keeps_order(bench, turned(kWay)).has_value());
  Impaired only_late({.delay = 20ms});
  CHECK(some_overtake(only_late.lab.bench(), kWay, 25, 20ms).has_error());
}

}  // namespace
}  // namespace splitsite
