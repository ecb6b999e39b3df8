#include "faults/measure/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kShareOfOthers = 40;  // percent of a limit that the lab itself may take
constexpr int kPayload = 1000;
constexpr int kFrame = kPayload + 8 + 20 + 14;   // UDP, IP, Ethernet
constexpr Duration kBurst = milliseconds(1500);  // how long it takes at the limit

double seconds_of(Duration d) { return std::chrono::duration<double>(d).count(); }

struct Carried {
  double bits_per_second = 0;
  std::string text;
};

// The first one's arrival starts the clock, so its own bits do not count.
Result<Carried> send_burst(const Bench& bench, const Way& way, std::uint64_t limit) {
  const double wanted = seconds_of(kBurst) * static_cast<double>(limit) / (8 * kFrame);
  const int count = static_cast<int>(std::clamp(wanted, 30.0, 3000.0));
  const double needed =
      8.0 * kFrame * count / static_cast<double>(std::max<std::uint64_t>(1, limit));
  const auto settle = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::min(needed, 60.0) + 1));
  SPLITSITE_TRY(const auto stream, bench.prober.stream({.from = way.from,
                                                        .to = way.to,
                                                        .network = way.network,
                                                        .count = count,
                                                        .interval = Duration::zero(),
                                                        .payload_bytes = kPayload,
                                                        .settle = settle}));
  const double span = seconds_of(stream.arrival_span);
  if (stream.received < 10 || span <= 0) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "measure the rate",
                 .subject = describe(way),
                 .why = describe(stream)};
  }
  Carried carried{.bits_per_second = 8.0 * kFrame * (stream.received - 1) / span};
  carried.text = fmt::format("{}: {:.3g} Mbit/s ({})", describe(way), carried.bits_per_second / 1e6,
                             describe(stream));
  return carried;
}

Wait wait_for(const Bench& bench, const std::string& what) {
  return {.what = what, .bound = seconds(15), .every = milliseconds(50), .stop = bench.stop};
}

// Long enough to see `periods` of it, in steps that are small against its phases.
Result<StreamResult> watch(const Bench& bench, const Way& way, const Flapping& flapping,
                           int periods) {
  const Duration phase = std::min(flapping.down, flapping.period - flapping.down);
  const Duration interval = std::clamp<Duration>(phase / 20, milliseconds(1), milliseconds(100));
  return bench.prober.stream({.from = way.from,
                              .to = way.to,
                              .network = way.network,
                              .count = static_cast<int>(periods * flapping.period / interval),
                              .interval = interval,
                              .settle = milliseconds(500)});
}

double percent_lost(const StreamResult& stream) {
  return 100.0 * (stream.sent - stream.received) / std::max(1, stream.sent);
}

std::string text_of(const Way& way, const StreamResult& stream) {
  return fmt::format("{}: {:.0f} % lost in {} runs", describe(way), percent_lost(stream),
                     stream.gaps);
}

}  // namespace

Result<std::string> carries(const Bench& bench, const Way& way, std::uint64_t bits_per_second,
                            double tolerance_percent) {
  const double limit = static_cast<double>(bits_per_second);
  const std::string claim = fmt::format("{} carries {:.3g} Mbit/s", describe(way), limit / 1e6);
  bool faster = false;
  auto seen =
      eventually<std::string>(bench.clock, wait_for(bench, claim), [&]() -> Probed<std::string> {
        auto carried = send_burst(bench, way, bits_per_second);
        if (!carried) return NotYet{carried.error().message()};
        const double off = 100 * (carried.value().bits_per_second / limit - 1);
        if (off < -kShareOfOthers) return NotYet{carried.value().text};
        faster = off > tolerance_percent;
        return carried.value().text;
      });
  if (!seen) return not_proven(claim, seen.error().message());
  if (faster) return not_proven(claim, seen.value());
  return seen;
}

Result<std::string> carries_more_than(const Bench& bench, const Way& way,
                                      std::uint64_t bits_per_second) {
  const double limit = static_cast<double>(bits_per_second);
  const std::string claim =
      fmt::format("{} carries more than {:.3g} Mbit/s", describe(way), limit / 1e6);
  auto seen =
      eventually<std::string>(bench.clock, wait_for(bench, claim), [&]() -> Probed<std::string> {
        auto carried = send_burst(bench, way, bits_per_second);
        if (!carried) return NotYet{carried.error().message()};
        if (carried.value().bits_per_second < 1.5 * limit) return NotYet{carried.value().text};
        return carried.value().text;
      });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

Result<std::string> flaps(const Bench& bench, const Way& way, const Flapping& flapping) {
  constexpr int kPeriods = 4;
  const double down = 100 * seconds_of(flapping.down) / seconds_of(flapping.period);
  SPLITSITE_TRY(const auto stream, watch(bench, way, flapping, kPeriods));
  const std::string text = text_of(way, stream);
  const bool share = std::abs(percent_lost(stream) - down) <= 10;
  const bool often = stream.gaps >= kPeriods - 1 && stream.gaps <= 2 * kPeriods;
  if (share && often) return text;
  return not_proven(fmt::format("{} is dead for {:.0f} % of every {}", describe(way), down,
                                format_duration(flapping.period)),
                    text);
}

Result<std::string> does_not_flap(const Bench& bench, const Way& way, const Flapping& flapping) {
  const double down = 100 * seconds_of(flapping.down) / seconds_of(flapping.period);
  const std::string claim = fmt::format("{} does not flap", describe(way));
  auto seen =
      eventually<std::string>(bench.clock, wait_for(bench, claim), [&]() -> Probed<std::string> {
        auto stream = watch(bench, way, flapping, 2);
        if (!stream) return NotYet{stream.error().message()};
        const std::string text = text_of(way, stream.value());
        if (percent_lost(stream.value()) > down / 4) return NotYet{text};
        return text;
      });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

}  // namespace splitsite
