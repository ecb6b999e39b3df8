// Steps and drifts of a clock that is only a number: taken back exactly, and only once.
#include "harness/agent/changes/node/clock_changes.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

class FakeClock final : public NodeClock {
 public:
  void pass(nanoseconds time) {
    const auto gained = static_cast<std::int64_t>(static_cast<double>(time.count()) *
                                                  static_cast<double>(rate_) / (1e6 * per_million));
    now_.raw += time;
    now_.monotonic += time + nanoseconds(gained);
    now_.realtime += time + nanoseconds(gained);
  }
  nanoseconds ahead_of_raw() const { return now_.realtime - now_.raw; }
  void refuse(bool yes) { refuses_ = yes; }

  ClockReading read() override { return now_; }
  Result<void> step(nanoseconds by) override { return set_rate(rate_, by); }
  Result<ScaledRate> rate() override { return rate_; }
  Result<void> set_rate(ScaledRate rate, nanoseconds by) override {
    if (refuses_) return Error{.kind = ErrorKind::Refused, .attempted = "set the fake clock"};
    rate_ = rate;
    now_.realtime += by;
    return success();
  }

 private:
  ClockReading now_{1'700'000'000s, 100s, 100s};
  ScaledRate rate_ = 0;
  bool refuses_ = false;
};

nanoseconds off(nanoseconds one, nanoseconds other) {
  return one > other ? one - other : other - one;
}

// Prepared and applied; what the book would have on disk.
Json begin(Change& change, const Json& arguments) {
  Json remembered = change.prepare(arguments).value();
  REQUIRE(change.apply(arguments, remembered).has_value());
  return remembered;
}

TEST_CASE("A clock that was stepped comes back to the nanosecond, and stays there") {
  for (const std::int64_t by : {300'000'000'000LL, -7'500'000'001LL}) {
    FakeClock clock;
    ClockStep step(clock);
    const auto before = clock.ahead_of_raw();
    const Json remembered = begin(step, {{"by_ns", by}});
    CHECK(clock.ahead_of_raw() - before == nanoseconds(by));
    clock.pass(17s);
    REQUIRE(step.revert(remembered).has_value());
    CHECK(clock.ahead_of_raw() == before);
    REQUIRE(step.revert(remembered).has_value());
    CHECK(clock.ahead_of_raw() == before);
  }
}

TEST_CASE("A step that was written down and never made is not taken back") {
  FakeClock clock;
  ClockStep step(clock);
  const auto before = clock.ahead_of_raw();
  clock.refuse(true);
  const Json arguments{{"by_ns", 60'000'000'000}};
  Json remembered = step.prepare(arguments).value();
  CHECK(step.apply(arguments, remembered).has_error());
  clock.refuse(false);
  clock.pass(1s);
  REQUIRE(step.revert(remembered).has_value());
  CHECK(clock.ahead_of_raw() == before);
}

TEST_CASE("A clock that somebody else has set goes on as if nothing had happened") {
  FakeClock clock;
  ClockStep step(clock);
  const auto before = clock.ahead_of_raw();
  const Json remembered = begin(step, {{"by_ns", 60'000'000'000}});
  REQUIRE(clock.step(-40s).has_value());
  REQUIRE(step.revert(remembered).has_value());
  CHECK(clock.ahead_of_raw() == before);
}

TEST_CASE("A step too small to be told from none, or longer than a day, is refused by name") {
  FakeClock clock;
  ClockStep step(clock);
  for (const std::int64_t by : {0LL, 9'999'999LL, -9'999'999LL, 86'400'000'000'001LL}) {
    const auto prepared = step.prepare({{"by_ns", by}});
    REQUIRE(prepared.has_error());
    CHECK_THAT(prepared.error().message(), Catch::Contains("\"by_ns\""));
  }
  CHECK(step.prepare({{"by_ns", 10'000'000}, {"by_s", 1}}).has_error());
}

TEST_CASE("A clock that drifted has its rate back and loses what it gained, once") {
  for (const int ppm : {500, -123}) {
    FakeClock clock;
    ClockDrift drift(clock);
    const auto before = clock.ahead_of_raw();
    const Json remembered = begin(drift, {{"ppm", ppm}});
    clock.pass(100s);
    CHECK(clock.ahead_of_raw() - before == nanoseconds(ppm * 100'000));
    for (int i = 0; i < 2; ++i) {
      REQUIRE(drift.revert(remembered).has_value());
      CHECK(clock.rate().value() == 0);
      CHECK(off(clock.ahead_of_raw(), before) < 10ns);
      clock.pass(50s);
    }
    CHECK(off(clock.ahead_of_raw(), before) < 10ns);
  }
}

TEST_CASE("A step made during a drift by somebody else is theirs to keep") {
  FakeClock clock;
  ClockDrift drift(clock);
  const auto before = clock.ahead_of_raw();
  const Json remembered = begin(drift, {{"ppm", 200}});
  clock.pass(10s);
  REQUIRE(clock.step(3s).has_value());
  REQUIRE(drift.revert(remembered).has_value());
  CHECK(off(clock.ahead_of_raw() - before, 3s) < 10ns);
}

TEST_CASE("A rate the kernel cannot do is refused before anything is touched") {
  FakeClock clock;
  ClockDrift drift(clock);
  CHECK(drift.prepare({{"ppm", 501}}).has_error());
  REQUIRE(clock.set_rate(300 * per_million, 0ns).has_value());
  CHECK(drift.prepare({{"ppm", 300}}).has_error());
  CHECK(clock.rate().value() == 300 * per_million);
  CHECK(drift.prepare({{"ppm", -300}}).has_value());
}

TEST_CASE("The machine's own clocks are read as one moment") {
  KernelClock clock;
  const ClockReading one = clock.read();
  const ClockReading two = clock.read();
  CHECK(two.raw >= one.raw);
  CHECK(off(two.realtime - one.realtime, two.monotonic - one.monotonic) < 1ms);
}

}  // namespace
}  // namespace splitsite::agent
