#include "harness/adapters/netlink/netem_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace splitsite::netlink {
namespace {

constexpr double whole = std::numeric_limits<std::uint32_t>::max();

Error outside(const char* parameter, const std::string& given, const std::string& allowed) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "accept the",
               .subject = parameter,
               .why = given,
               .hint = "allowed: " + allowed};
}

std::string in_ms(Duration d) {
  return fmt::format("{:g} ms", std::chrono::duration<double, std::milli>(d).count());
}

}  // namespace

Result<void> validate(const Impairment& asked) {
  if (asked.delay < Duration::zero() || asked.delay > longest_delay) {
    return outside("delay", in_ms(asked.delay) + " is out of range", "0 ms to 60000 ms");
  }
  if (asked.jitter < Duration::zero()) {
    return outside("jitter", in_ms(asked.jitter) + " is negative", "0 ms to the delay");
  }
  if (asked.jitter > Duration::zero() && asked.delay == Duration::zero()) {
    return outside("jitter", in_ms(asked.jitter) + " without a delay to vary", "0 ms to the delay");
  }
  if (asked.jitter > asked.delay) {
    return outside(
        "jitter",
        fmt::format("{} is more than the delay {}", in_ms(asked.jitter), in_ms(asked.delay)),
        "0 ms to the delay");
  }
  // Written so that a NaN is outside too.
  if (!(asked.loss_percent >= 0 && asked.loss_percent <= 100)) {
    return outside("loss", fmt::format("{:g} % is out of range", asked.loss_percent),
                   "0 % to 100 %");
  }
  return success();
}

std::uint32_t limit_for(const Impairment& impairment) {
  constexpr double frames_per_second = 1e9 / (1500 * 8);
  const std::chrono::duration<double> longest = impairment.delay + 4 * impairment.jitter;
  const double frames = std::ceil(longest.count() * frames_per_second);
  return static_cast<std::uint32_t>(std::clamp(frames, 10'000.0, 1'000'000.0));
}

std::uint32_t probability_from_percent(double percent) {
  return static_cast<std::uint32_t>(std::llround(std::clamp(percent, 0.0, 100.0) / 100 * whole));
}

double percent_from_probability(std::uint32_t probability) { return probability / whole * 100; }

}  // namespace splitsite::netlink
