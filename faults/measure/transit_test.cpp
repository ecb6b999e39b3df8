// One direction's delay, scatter and rate, each found out when it is not what is claimed.
#include "faults/measure/transit.hpp"

#include "faults/measure/rate.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Way kWay{NodeId("host-a1"), NodeId("host-b1")};
const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};

TEST_CASE("A quantile is the value that this share does not exceed") {
  CHECK(quantile({3ms, 1ms, 2ms}, 0) == 1ms);
  CHECK(quantile({3ms, 1ms, 2ms}, 0.5) == 2ms);
  CHECK(quantile({3ms, 1ms, 2ms}, 1) == 3ms);
  CHECK(quantile({}, 0.5) == 0ms);
}

TEST_CASE("A delay of one direction shows in that direction alone") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  const auto before = undisturbed_transits(bench, kWay, 1ms).value();
  const auto before_back = undisturbed_transits(bench, turned(kWay), 1ms).value();
  CHECK(delayed_by(bench, kWay, before, 10ms, 2ms).has_error());
  REQUIRE(lab.set(kThere, {.delay = 10ms}).has_value());
  CHECK(delayed_by(bench, kWay, before, 10ms, 2ms).has_value());
  CHECK(delayed_by(bench, kWay, before, 20ms, 2ms).has_error());
  CHECK(delayed_by(bench, kWay, before, 5ms, 2ms).has_error());
  CHECK(not_delayed(bench, kWay, before, 2ms).has_error());
  CHECK(not_delayed(bench, turned(kWay), before_back, 2ms).has_value());
}

TEST_CASE("Jitter shows as spread around the delay") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  const auto before = undisturbed_transits(bench, kWay, 1ms).value();
  REQUIRE(lab.set(kThere, {.delay = 20ms, .jitter = 5ms}).has_value());
  CHECK(scattered(bench, kWay, before, 20ms, 5ms, 4ms, 2ms).has_value());
  CHECK(not_delayed(bench, kWay, before, 2ms).has_error());
  REQUIRE(lab.set(kThere, {.delay = 20ms}).has_value());
  CHECK(scattered(bench, kWay, before, 20ms, 5ms, 4ms, 2ms).has_error());
  REQUIRE(lab.set(kThere, {}).has_value());
  CHECK(scattered(bench, kWay, before, 20ms, 5ms, 4ms, 2ms).has_error());
}

TEST_CASE("Nothing is measured on a way that is dead") {
  FakeLab lab(fake_config());
  REQUIRE(lab.off(kWay.to).has_value());
  CHECK(measure_transits(lab.bench(), kWay).has_error());
  CHECK(undisturbed_transits(lab.bench(), kWay, 1ms).has_error());
  CHECK(carries(lab.bench(), kWay, 1'000'000).has_error());
}

TEST_CASE("A rate is told from a higher and from a lower one") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  for (const std::uint64_t rate : {64'000U, 1'000'000U, 10'000'000U}) {
    INFO(rate);
    REQUIRE(lab.set(kThere, {}).has_value());
    CHECK(carries(bench, kWay, rate).has_error());
    CHECK(carries_more_than(bench, kWay, rate).has_value());
    REQUIRE(lab.set(kThere, {.rate_bits_per_second = rate}).has_value());
    CHECK(carries(bench, kWay, rate).has_value());
    CHECK(carries(bench, kWay, 2 * rate).has_error());
    CHECK(carries(bench, kWay, rate / 2).has_error());
    CHECK(carries_more_than(bench, kWay, rate).has_error());
  }
}

TEST_CASE("Flapping is told from a whole cut, from none and from another rhythm") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  const Flapping asked{.period = 2s, .down = 500ms};
  CHECK(flaps(bench, kWay, asked).has_error());
  CHECK(does_not_flap(bench, kWay, asked).has_value());
  REQUIRE(lab.set(kThere, {.flapping = asked}).has_value());
  CHECK(flaps(bench, kWay, asked).has_value());
  CHECK(does_not_flap(bench, kWay, asked).has_error());
  REQUIRE(lab.set(kThere, {.flapping = Flapping{.period = 8s, .down = 2s}}).has_value());
  CHECK(flaps(bench, kWay, asked).has_error());
  REQUIRE(lab.set(kThere, {.cut = Cut::Drop}).has_value());
  CHECK(flaps(bench, kWay, asked).has_error());
  CHECK(does_not_flap(bench, kWay, asked).has_error());
}

}  // namespace
}  // namespace splitsite
