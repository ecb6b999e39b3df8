#include "faults/measure/round_trip.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

constexpr Duration kBound = std::chrono::seconds(10);
// A series lasts over half a second, longer than most busy moments, and is many enough that all
// being held up by the same amount means the network.
constexpr int kSeries = 30;
constexpr int kEnough = 10;

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

std::string text_of(Duration quickest) { return fmt::format("quickest {:.2f} ms", ms(quickest)); }

Wait wait_for(const Bench& bench, std::string what) {
  return {.what = std::move(what),
          .bound = kBound,
          .every = std::chrono::milliseconds(20),
          .stop = bench.stop};
}

Result<Duration> quickest_of_a_series(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto address, address_of_far_end(bench.config, way));
  const PingPlan plan{.count = kSeries,
                      .interval = std::chrono::milliseconds(20),
                      .timeout = std::chrono::seconds(2)};
  SPLITSITE_TRY(auto heard, bench.prober.ping(way.from, address, plan));
  if (heard.received >= kEnough && !heard.round_trips.empty()) {
    return *std::min_element(heard.round_trips.begin(), heard.round_trips.end());
  }
  return Error{.kind = ErrorKind::Refused,
               .attempted = "measure the round trip",
               .subject = describe(way),
               .why = describe(heard)};
}

// What the links on the way add by themselves, at the least.
Result<Duration> added_by_links(const Bench& bench, const Way& way) {
  Duration added{};
  for (const Way& each : {way, turned(way)}) {
    const auto link = link_on(bench.config, each);
    if (!link) continue;
    SPLITSITE_TRY(const auto state, bench.links.read(*link));
    added += std::max(Duration::zero(), state.delay - state.jitter);
  }
  return added;
}

}  // namespace

Result<Duration> undisturbed_round_trip(const Bench& bench, const Way& way, Duration tolerance) {
  SPLITSITE_TRY(const Duration added, added_by_links(bench, way));
  Duration quickest = Duration::max();
  const auto quiet =
      eventually<bool>(bench.clock, wait_for(bench, "the way " + describe(way) + " undisturbed"),
                       [&]() -> Probed<bool> {
                         auto series = quickest_of_a_series(bench, way);
                         if (!series) return NotYet{series.error().message()};
                         quickest = std::min(quickest, series.value());
                         if (quickest <= added + tolerance) return true;
                         return NotYet{fmt::format("{}, of which the links add {:.2f} ms",
                                                   text_of(quickest), ms(added))};
                       });
  // A lab that is never quicker is a slow lab, and its quickest is what to compare with.
  const bool slow = !quiet && quiet.error().kind == ErrorKind::TimedOut;
  if (!quiet && !(slow && quickest != Duration::max())) return quiet.error();
  return quickest;
}

Result<std::string> takes(const Bench& bench, const Way& way, Duration expected,
                          Duration tolerance) {
  const std::string claim = fmt::format("{} and back takes {:.2f} ms", describe(way), ms(expected));
  std::optional<Error> disproof;
  auto seen =
      eventually<std::string>(bench.clock, wait_for(bench, claim), [&]() -> Probed<std::string> {
        auto series = quickest_of_a_series(bench, way);
        if (!series) return NotYet{series.error().message()};
        const Duration quickest = series.value();
        if (quickest > expected + tolerance) return NotYet{text_of(quickest)};
        if (quickest < expected - tolerance) disproof = not_proven(claim, text_of(quickest));
        return text_of(quickest);
      });
  if (disproof) return *disproof;
  if (!seen) return not_proven(claim, seen.error().message());
  return fmt::format("{}: {}", describe(way), seen.value());
}

Result<std::string> takes_no_longer(const Bench& bench, const Way& way, Duration before,
                                    Duration tolerance) {
  const std::string claim = fmt::format("{} and back takes no longer than the {:.2f} ms before",
                                        describe(way), ms(before));
  auto seen =
      eventually<std::string>(bench.clock, wait_for(bench, claim), [&]() -> Probed<std::string> {
        auto series = quickest_of_a_series(bench, way);
        if (!series) return NotYet{series.error().message()};
        if (series.value() > before + tolerance) return NotYet{text_of(series.value())};
        return text_of(series.value());
      });
  if (!seen) return not_proven(claim, seen.error().message());
  return fmt::format("{}: {}", describe(way), seen.value());
}

}  // namespace splitsite
