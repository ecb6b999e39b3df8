#include "harness/adapters/netlink/netem_shape.hpp"

#include <limits>

#include "scripts/testing/catch.hpp"

namespace splitsite::netlink {
namespace {

using namespace std::chrono_literals;

std::string refusal(const Impairment& asked) {
  const auto result = validate(asked);
  return result ? "accepted" : result.error().message();
}

TEST_CASE("Ordinary impairments are accepted, up to their limits") {
  CHECK(validate({}));
  CHECK(validate({.delay = 3500us, .jitter = 200us, .loss_percent = 0.5}));
  CHECK(validate({.delay = 60s, .jitter = 60s, .loss_percent = 100}));
  CHECK(validate({.loss_percent = 100}));
}

TEST_CASE("What is out of range is refused in one sentence with parameter and range") {
  CHECK(refusal({.delay = -1ms}) ==
        "could not accept the delay: -1 ms is out of range; allowed: 0 ms to 60000 ms");
  CHECK(refusal({.delay = 61s}) ==
        "could not accept the delay: 61000 ms is out of range; allowed: 0 ms to 60000 ms");
  CHECK(refusal({.delay = 5ms, .jitter = -1ms}) ==
        "could not accept the jitter: -1 ms is negative; allowed: 0 ms to the delay");
  CHECK(refusal({.jitter = 2ms}) ==
        "could not accept the jitter: 2 ms without a delay to vary; allowed: 0 ms to the delay");
  CHECK(
      refusal({.delay = 1ms, .jitter = 2ms}) ==
      "could not accept the jitter: 2 ms is more than the delay 1 ms; allowed: 0 ms to the delay");
  CHECK(refusal({.loss_percent = 120}) ==
        "could not accept the loss: 120 % is out of range; allowed: 0 % to 100 %");
  CHECK(refusal({.loss_percent = -0.1}) ==
        "could not accept the loss: -0.1 % is out of range; allowed: 0 % to 100 %");
  CHECK(refusal({.loss_percent = std::numeric_limits<double>::quiet_NaN()}) ==
        "could not accept the loss: nan % is out of range; allowed: 0 % to 100 %");
}

TEST_CASE("All is lost at exactly 100 %, and percentages survive the kernel's units") {
  CHECK(probability_from_percent(100) == std::numeric_limits<std::uint32_t>::max());
  CHECK(probability_from_percent(0) == 0);
  CHECK(percent_from_probability(std::numeric_limits<std::uint32_t>::max()) == 100);
  CHECK(percent_from_probability(probability_from_percent(12.5)) == Approx(12.5).margin(1e-6));
}

TEST_CASE("The queue has room for what is on its way") {
  CHECK(limit_for({}) == 10'000);
  CHECK(limit_for({.delay = 50ms}) == 10'000);
  CHECK(limit_for({.delay = 1s}) == 83'334);
  CHECK(limit_for({.delay = 1s, .jitter = 500ms}) == 250'000);
  CHECK(limit_for({.delay = 60s}) == 1'000'000);
}

}  // namespace
}  // namespace splitsite::netlink
