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

// Written so that a NaN is outside too.
Result<void> percentage(const char* parameter, double given, double least = 0) {
  if (given >= least && given <= 100) return success();
  return outside(parameter, fmt::format("{:g} % is out of range", given),
                 fmt::format("{:g} % to 100 %", least));
}

Result<void> validate_delay(const Impairment& asked) {
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
  SPLITSITE_TRY_VOID(percentage("correlation of the delay", asked.delay_correlation_percent));
  if (asked.delay_correlation_percent > 0 && asked.jitter == Duration::zero()) {
    return outside("correlation of the delay",
                   fmt::format("{:g} % without a jitter", asked.delay_correlation_percent),
                   "0 % to 100 % together with a jitter");
  }
  SPLITSITE_TRY_VOID(percentage("reordering", asked.reorder_percent));
  if (asked.reorder_percent > 0 && asked.delay == Duration::zero()) {
    return outside("reordering",
                   fmt::format("{:g} % without a delay to overtake in", asked.reorder_percent),
                   "0 % to 100 % together with a delay");
  }
  return success();
}

Result<void> validate_loss(const Impairment& asked) {
  SPLITSITE_TRY_VOID(percentage("loss", asked.loss_percent));
  SPLITSITE_TRY_VOID(percentage("correlation of the loss", asked.loss_correlation_percent));
  if (asked.loss_correlation_percent > 0 && asked.loss_percent == 0) {
    return outside("correlation of the loss",
                   fmt::format("{:g} % without a loss", asked.loss_correlation_percent),
                   "0 % to 100 % together with a loss");
  }
  if (!asked.bursts) return success();
  constexpr double seldom = 1e-6;  // percent: below it, the kernel's unit makes it never
  SPLITSITE_TRY_VOID(percentage("chance of a burst of loss", asked.bursts->enter_percent, seldom));
  SPLITSITE_TRY_VOID(
      percentage("chance that a burst of loss ends", asked.bursts->leave_percent, seldom));
  SPLITSITE_TRY_VOID(percentage("loss in a burst", asked.bursts->bad_loss_percent));
  SPLITSITE_TRY_VOID(percentage("loss between bursts", asked.bursts->good_loss_percent));
  if (asked.loss_percent > 0) {
    return outside("burst loss",
                   fmt::format("comes together with a random loss of {:g} %", asked.loss_percent),
                   "one of the two on a direction");
  }
  return success();
}

Result<void> validate_capacity(const Impairment& asked) {
  const std::uint64_t rate = asked.rate_bits_per_second;
  if (rate != 0 && (rate < lowest_rate || rate > highest_rate)) {
    return outside("rate", fmt::format("{} bit/s is out of range", rate),
                   "8 kbit/s to 100 Gbit/s, or 0 for no limit");
  }
  const int longest = asked.longest_packet;
  if (longest != 0 && (longest < shortest_packet_limit || longest > longest_packet_limit)) {
    return outside("longest packet", fmt::format("{} bytes is out of range", longest),
                   "68 to 65535 bytes, or 0 for no limit");
  }
  return success();
}

Result<void> validate_flapping(const Flapping& asked) {
  if (asked.period < shortest_flap || asked.period > longest_flap) {
    return outside("period of the flapping", in_ms(asked.period) + " is out of range",
                   "10 ms to 3600000 ms");
  }
  if (asked.down <= Duration::zero() || asked.down >= asked.period) {
    return outside("downtime of the flapping",
                   fmt::format("{} of a period of {}", in_ms(asked.down), in_ms(asked.period)),
                   "above 0 ms and below the period");
  }
  return success();
}

}  // namespace

Result<void> validate(const Impairment& asked) {
  SPLITSITE_TRY_VOID(validate_delay(asked));
  SPLITSITE_TRY_VOID(validate_loss(asked));
  SPLITSITE_TRY_VOID(percentage("duplication", asked.duplicate_percent));
  SPLITSITE_TRY_VOID(percentage("corruption", asked.corrupt_percent));
  SPLITSITE_TRY_VOID(validate_capacity(asked));
  if (asked.flapping) {
    SPLITSITE_TRY_VOID(validate_flapping(*asked.flapping));
  }
  return success();
}

Impairment leaf_part(const Impairment& impairment, bool down) {
  Impairment leaf = impairment;
  leaf.cut = Cut::None;
  leaf.flapping.reset();
  leaf.longest_packet = 0;
  if (!down || impairment.cut == Cut::Reject) return leaf;
  return Impairment{.delay = leaf.delay, .loss_percent = 100};
}

bool same_leaf(const Impairment& asked, const Impairment& read) {
  const auto near = [](double x, double y) { return std::abs(x - y) < 1e-6; };
  const auto same_bursts = [&] {
    if (!asked.bursts || !read.bursts) return asked.bursts.has_value() == read.bursts.has_value();
    return near(asked.bursts->enter_percent, read.bursts->enter_percent) &&
           near(asked.bursts->leave_percent, read.bursts->leave_percent) &&
           near(asked.bursts->bad_loss_percent, read.bursts->bad_loss_percent) &&
           near(asked.bursts->good_loss_percent, read.bursts->good_loss_percent);
  };
  return asked.delay == read.delay && asked.jitter == read.jitter &&
         near(asked.delay_correlation_percent, read.delay_correlation_percent) &&
         near(asked.loss_percent, read.loss_percent) &&
         near(asked.loss_correlation_percent, read.loss_correlation_percent) && same_bursts() &&
         near(asked.duplicate_percent, read.duplicate_percent) &&
         near(asked.corrupt_percent, read.corrupt_percent) &&
         near(asked.reorder_percent, read.reorder_percent) &&
         asked.rate_bits_per_second / 8 == read.rate_bits_per_second / 8;
}

std::uint32_t limit_for(const Impairment& impairment) {
  constexpr double full_frame = 1500 * 8;  // bits
  const std::chrono::duration<double> longest = impairment.delay + 4 * impairment.jitter;
  if (impairment.rate_bits_per_second == 0) {
    const double frames = std::ceil(longest.count() * 1e9 / full_frame);
    return static_cast<std::uint32_t>(std::clamp(frames, 10'000.0, 1'000'000.0));
  }
  // What is on its way may be small frames, which are many; what waits is a bulk transfer's.
  constexpr double small_frame = 256 * 8;
  const auto rate = static_cast<double>(impairment.rate_bits_per_second);
  const double frames =
      std::ceil(longest.count() * rate / small_frame) + std::ceil(0.2 * rate / full_frame);
  return static_cast<std::uint32_t>(std::clamp(frames, 100.0, 1'000'000.0));
}

std::uint32_t probability_from_percent(double percent) {
  return static_cast<std::uint32_t>(std::llround(std::clamp(percent, 0.0, 100.0) / 100 * whole));
}

double percent_from_probability(std::uint32_t probability) { return probability / whole * 100; }

}  // namespace splitsite::netlink
