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

TEST_CASE("What would be silently forgotten is refused") {
  CHECK(refusal({.delay = 5ms, .delay_correlation_percent = 25}) ==
        "could not accept the correlation of the delay: 25 % without a jitter; allowed: 0 % to "
        "100 % together with a jitter");
  CHECK(refusal({.reorder_percent = 25}) ==
        "could not accept the reordering: 25 % without a delay to overtake in; allowed: 0 % to "
        "100 % together with a delay");
  CHECK(refusal({.loss_correlation_percent = 25}) ==
        "could not accept the correlation of the loss: 25 % without a loss; allowed: 0 % to 100 % "
        "together with a loss");
  CHECK(refusal({.loss_percent = 1, .bursts = BurstLoss{1, 10, 100, 0}}) ==
        "could not accept the burst loss: comes together with a random loss of 1 %; allowed: one "
        "of the two on a direction");
}

TEST_CASE("Every other parameter has its range") {
  CHECK(refusal({.duplicate_percent = 101}).find("duplication: 101 %") != std::string::npos);
  CHECK(refusal({.corrupt_percent = -1}).find("corruption: -1 %") != std::string::npos);
  CHECK(refusal({.bursts = BurstLoss{1, 0, 100, 0}}) ==
        "could not accept the chance that a burst of loss ends: 0 % is out of range; allowed: "
        "1e-06 % to 100 %");
  CHECK(refusal({.rate_bits_per_second = 100}) ==
        "could not accept the rate: 100 bit/s is out of range; allowed: 8 kbit/s to 100 Gbit/s, or "
        "0 for no limit");
  CHECK(refusal({.longest_packet = 20}) ==
        "could not accept the longest packet: 20 bytes is out of range; allowed: 68 to 65535 "
        "bytes, or 0 for no limit");
  CHECK(refusal({.flapping = Flapping{1ms, 500us}}).find("period of the flapping: 1 ms") !=
        std::string::npos);
  CHECK(refusal({.flapping = Flapping{1s, 1s}}) ==
        "could not accept the downtime of the flapping: 1000 ms of a period of 1000 ms; allowed: "
        "above 0 ms and below the period");
}

TEST_CASE("A leaf cuts by losing everything, and nothing comes through as a duplicate") {
  const Impairment busy{.delay = 5ms,
                        .jitter = 1ms,
                        .bursts = BurstLoss{1, 10, 100, 0},
                        .duplicate_percent = 50,
                        .longest_packet = 1400};
  Impairment dropping = busy;
  dropping.cut = Cut::Drop;
  CHECK(leaf_part(dropping, true) == Impairment{.delay = 5ms, .loss_percent = 100});
  CHECK(leaf_part(dropping, false).duplicate_percent == 50);
  CHECK(leaf_part(busy, false).longest_packet == 0);
  Impairment rejecting = busy;
  rejecting.cut = Cut::Reject;  // its packets have to reach who answers them
  CHECK(leaf_part(rejecting, true).loss_percent == 0);
  CHECK(leaf_part(rejecting, true).cut == Cut::None);
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
  CHECK(limit_for({.rate_bits_per_second = 1'000'000}) == 100);
  CHECK(limit_for({.delay = 50ms, .rate_bits_per_second = 100'000'000}) == 2442 + 1667);
}

}  // namespace
}  // namespace splitsite::netlink
