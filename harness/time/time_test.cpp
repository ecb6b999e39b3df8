#include "harness/time/eventually.hpp"
#include "harness/time/window.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

TEST_CASE("A wait returns as soon as the probe has a value") {
  ManualClock clock;
  int probes = 0;
  const Wait wait{.what = "three probes", .bound = 1s, .every = 100ms};
  const auto result = eventually<int>(clock, wait, [&]() -> Probed<int> {
    if (++probes < 3) return NotYet{"too few"};
    return probes;
  });
  REQUIRE(result.has_value());
  CHECK(result.value() == 3);
  CHECK(clock.now() - Instant{} == 200ms);
}

TEST_CASE("A wait that runs out tells the bound, the last reason and the earlier ones") {
  ManualClock clock;
  const Wait wait{.what = "all hosts to be up", .bound = 1s, .every = 250ms};
  const auto result = eventually<int>(clock, wait, [&]() -> Probed<int> {
    return NotYet{clock.now() - Instant{} < 600ms ? "host-a1 is booting" : "host-a1 is joining"};
  });
  REQUIRE(result.has_error());
  CHECK(result.error().kind == ErrorKind::TimedOut);
  const std::string text = result.error().message();
  CHECK_THAT(text, Catch::Contains("could not see all hosts to be up within 1.0 s"));
  CHECK_THAT(text, Catch::Contains("last seen \"host-a1 is joining\""));
  CHECK_THAT(text, Catch::Contains("\"host-a1 is booting\" from 0 s to 500 ms"));
}

TEST_CASE("A wait that is asked to stop says so") {
  ManualClock clock;
  std::stop_source stop;
  const Wait wait{.what = "nothing", .bound = 1h, .every = 1s, .stop = stop.get_token()};
  const auto result = eventually<int>(clock, wait, [&]() -> Probed<int> {
    stop.request_stop();
    return NotYet{"never"};
  });
  REQUIRE(result.has_error());
  CHECK(result.error().kind == ErrorKind::Interrupted);
}

TEST_CASE("Consistently fails at the first observation that breaks it") {
  ManualClock clock;
  const Wait wait{.what = "the VM to stay down", .bound = 10s, .every = 1s};
  const auto broken = consistently(clock, wait, [&]() -> Probed<std::monostate> {
    if (clock.now() - Instant{} >= 3s) return NotYet{"it runs on host-b1"};
    return std::monostate{};
  });
  REQUIRE(broken.has_error());
  CHECK_THAT(broken.error().message(), Catch::Contains("after 3.0 s: it runs on host-b1"));
}

TEST_CASE("A measured time is judged as a range") {
  const Bounds bounds{.at_least = 10s, .at_most = 20s};
  const Window start{.lo = 0s, .hi = 1s};
  CHECK(judge(elapsed(start, {12s, 13s}), bounds) == Inside::Yes);
  CHECK(judge(elapsed(start, {25s, 26s}), bounds) == Inside::No);
  CHECK(judge(elapsed(start, {5s, 6s}), bounds) == Inside::No);
  CHECK(judge(elapsed(start, {10s, 11s}), bounds) == Inside::Unclear);
  CHECK(judge(elapsed(start, {20s, 21s}), bounds) == Inside::Unclear);
}

TEST_CASE("Durations are printed in the largest fitting unit") {
  CHECK(format_duration(84200ms) == "84.2 s");
  CHECK(format_duration(350ms) == "350 ms");
  CHECK(format_duration(12us) == "12 us");
}

}  // namespace
}  // namespace splitsite
