#include "harness/lab/clock_estimate.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace std::chrono_literals;

namespace {
Instant at(Duration d) { return Instant(d); }
}  // namespace

TEST_CASE("Without a round trip nothing is known about a node's clock") {
  CHECK_FALSE(ClockEstimate().on_machine(5s));
}

TEST_CASE("One round trip places a node's time within its length") {
  ClockEstimate clock;
  clock.add(at(100s), 7s, at(100s + 4ms));
  const auto window = clock.on_machine(7s);
  REQUIRE(window);
  CHECK(window->lo == 100s);
  CHECK(window->hi == 100s + 4ms);
}

TEST_CASE("A shorter round trip narrows the window, and a longer one does not widen it") {
  ClockEstimate clock;
  clock.add(at(100s), 7s, at(109s));               // the node was still booting
  clock.add(at(110s), 12s + 1ms, at(110s + 2ms));  // offset about 98 s
  clock.add(at(111s), 13s + 1ms, at(112s));
  const auto window = clock.on_machine(13s);
  REQUIRE(window);
  CHECK(window->hi - window->lo <= 2ms + 2 * 500us + 1us);  // drift over one second, both ways
  CHECK(window->lo <= 111s);
  CHECK(window->hi >= 111s);
}

TEST_CASE("After a node's clock stood still, only what was measured since counts") {
  ClockEstimate clock;
  clock.add(at(100s), 10s, at(100s + 1ms));
  clock.add(at(130s), 20s, at(130s + 1ms));  // twenty seconds missing
  const auto window = clock.on_machine(21s);
  REQUIRE(window);
  CHECK(window->lo > 130s);
  CHECK(window->hi < 132s);
}
