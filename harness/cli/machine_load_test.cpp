#include "harness/cli/machine_load.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::cli {
namespace {

TEST_CASE("The idle share is of what passed between two looks, waiting for I/O included") {
  const auto from = parse_processor_times("cpu  100 0 50 800 50 0 0 0 0 0");
  const auto to = parse_processor_times("cpu  150 10 60 820 60 5 5 0 40 0");
  REQUIRE(from);
  REQUIRE(to);
  CHECK(from->all == 1000);
  CHECK(idle_percent(from, to).value() == Approx(100.0 * 30 / 110));
}

TEST_CASE("A machine that says nothing usable has no figure") {
  CHECK_FALSE(parse_processor_times(""));
  CHECK_FALSE(parse_processor_times("cpu0 1 2 3 4 5 6 7 8"));
  CHECK_FALSE(parse_processor_times("cpu 1 2 3"));
  const ProcessorTimes look{.idle = 5, .all = 10};
  CHECK_FALSE(idle_percent(look, look));
  CHECK_FALSE(idle_percent(std::nullopt, look));
  CHECK_FALSE(idle_percent(look, ProcessorTimes{.idle = 4, .all = 20}));
}

TEST_CASE("A machine without time to spare is named as a suspect") {
  CHECK(describe_idle(std::nullopt) == "-");
  CHECK(describe_idle(31.6) == "32 %");
  CHECK(describe_idle(4.2) == "4 %: too little, lateness may be the machine's");
}

TEST_CASE("This machine tells its processor times") { CHECK(processor_times()); }

}  // namespace
}  // namespace splitsite::cli
