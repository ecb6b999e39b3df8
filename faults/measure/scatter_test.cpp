// Jitter on a restless way: told from what the lab does by itself, or said not to be.
#include "faults/measure/scatter.hpp"

#include "faults/measure/chance.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Way kWay{NodeId("host-a1"), NodeId("host-b1")};
const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};

TEST_CASE("The rank test gives the exact chances of small samples") {
  CHECK(chance_of_greater({1ms, 2ms}, {3ms, 4ms}) == Approx(1.0 / 6));
  CHECK(chance_of_greater({1ms, 3ms}, {2ms, 4ms}) == Approx(2.0 / 6));
  CHECK(chance_of_greater({3ms, 4ms}, {1ms, 2ms}) == Approx(1));
  CHECK(chance_of_greater({1ms}, {1ms}) == Approx(1));
  CHECK(chance_of_greater({1ms, 2ms, 3ms}, {4ms, 5ms}) == Approx(1.0 / 10));
  const std::vector<Duration> low(24, 1ms);
  const std::vector<Duration> high(24, 2ms);
  CHECK(chance_of_greater(low, high) == Approx(3.1e-14).epsilon(0.02));
  CHECK(chance_of_all_lowest(2, 2, 2) == Approx(1.0 / 6));
  CHECK(chance_of_all_lowest(0, 5, 5) == Approx(1));
}

TEST_CASE("Jitter of a millisecond is told from a calm lab's own") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  lab.be_restless(400us);
  const auto before = measure_scatter(bench, kWay).value();
  REQUIRE(can_tell_jitter(kWay, before, 1ms).has_value());
  REQUIRE(lab.set(kThere, {.delay = 5ms}).has_value());
  CHECK(jitters(bench, kWay, before, 1ms, 5ms).has_error());
  REQUIRE(lab.set(kThere, {.delay = 5ms, .jitter = 1ms}).has_value());
  const auto told = jitters(bench, kWay, before, 1ms, 5ms);
  if (!told) FAIL(told.error().message());
}

TEST_CASE("A lab that became busier, or calmer, meanwhile is not taken for jitter") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  lab.be_restless(400us);
  const auto calm = measure_scatter(bench, kWay).value();
  REQUIRE(lab.set(kThere, {.delay = 5ms}).has_value());
  lab.be_restless(4ms);
  CHECK(jitters(bench, kWay, calm, 1ms, 5ms).has_error());
  REQUIRE(lab.set(kThere, {}).has_value());
  const auto busy = measure_scatter(bench, kWay).value();
  REQUIRE(lab.set(kThere, {.delay = 5ms}).has_value());
  lab.be_restless(0ms);
  CHECK(jitters(bench, kWay, busy, 1ms, 5ms).has_error());
}

TEST_CASE("Jitter below what a restless lab lets be told is said to be") {
  FakeLab lab(fake_config());
  lab.be_restless(8ms);
  const auto before = measure_scatter(lab.bench(), kWay).value();
  const auto told = can_tell_jitter(kWay, before, 1ms);
  REQUIRE(told.has_error());
  CHECK(told.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(told.error().message(),
             Catch::Contains("1 ms are asked") && Catch::Contains("ms of jitter or more"));
  CHECK(can_tell_jitter(kWay, before, 30ms).has_value());
}

TEST_CASE("A way that loses much says nothing about its scatter") {
  FakeLab lab(fake_config());
  REQUIRE(lab.set(kThere, {.loss_percent = 30}).has_value());
  CHECK(measure_scatter(lab.bench(), kWay).has_error());
}

}  // namespace
}  // namespace splitsite
