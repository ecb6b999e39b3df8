#include "faults/measure/transit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kDatagrams = 200;
constexpr Duration kBound = seconds(10);

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

// How much later than before, as a sentence: what the lab takes by itself is not the point.
std::string growth(const Way& way, const Transits& now, const Transits& before) {
  return fmt::format("{}: {:+.2f} ms at the quickest, {:+.2f} ms in the middle, spread {:.2f} ms",
                     describe(way), ms(now.quickest - before.quickest),
                     ms(now.middle - before.middle), ms(now.spread));
}

enum class Judgement { Right, Wrong, Again };

Result<std::string> judge(const Bench& bench, const Way& way, const Transits& before,
                          const std::string& claim,
                          const std::function<Judgement(const Transits&)>& judgement) {
  const Wait wait{.what = claim, .bound = kBound, .every = milliseconds(20), .stop = bench.stop};
  bool wrong = false;
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    auto now = measure_transits(bench, way);
    if (!now) return NotYet{now.error().message()};
    const Judgement verdict = judgement(now.value());
    wrong = verdict == Judgement::Wrong;
    const std::string text = growth(way, now.value(), before);
    if (verdict == Judgement::Again) return NotYet{text};
    return text;
  });
  if (!seen) return not_proven(claim, seen.error().message());
  if (wrong) return not_proven(claim, seen.value());
  return seen;
}

}  // namespace

Duration quantile(std::vector<Duration> values, double share) {
  if (values.empty()) return Duration::zero();
  const auto last = static_cast<double>(values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * last);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::string describe(const Transits& transits) {
  return fmt::format("spread {:.2f} ms", ms(transits.spread));
}

Result<Transits> measure_transits(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto stream, bench.prober.stream({.from = way.from,
                                                        .to = way.to,
                                                        .network = way.network,
                                                        .count = kDatagrams,
                                                        .interval = milliseconds(5),
                                                        .settle = milliseconds(500)}));
  if (stream.received < kDatagrams / 2 || stream.transits.empty()) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "measure the delay",
                 .subject = describe(way),
                 .why = describe(stream)};
  }
  const Duration spread = quantile(stream.transits, 0.9) - quantile(stream.transits, 0.1);
  return Transits{quantile(stream.transits, 0), quantile(stream.transits, 0.5), spread};
}

Result<Transits> undisturbed_transits(const Bench& bench, const Way& way, Duration tolerance) {
  std::optional<Transits> best;
  const Wait wait{.what = "two like measurements of " + describe(way),
                  .bound = kBound,
                  .every = milliseconds(20),
                  .stop = bench.stop};
  const auto agreed = eventually<bool>(bench.clock, wait, [&]() -> Probed<bool> {
    auto now = measure_transits(bench, way);
    if (!now) return NotYet{now.error().message()};
    if (!best) {
      best = now.value();
      return NotYet{"measured once"};
    }
    const Duration apart = now.value().quickest - best->quickest;
    best->quickest = std::min(best->quickest, now.value().quickest);
    best->middle = std::min(best->middle, now.value().middle);
    best->spread = std::min(best->spread, now.value().spread);
    if (apart <= tolerance && apart >= -tolerance) return true;
    return NotYet{fmt::format("{:.2f} ms apart", ms(apart))};
  });
  // A way that never comes to rest is compared with its best.
  const bool restless = !agreed && agreed.error().kind == ErrorKind::TimedOut && best;
  if (!agreed && !restless) return agreed.error();
  return *best;
}

Result<std::string> delayed_by(const Bench& bench, const Way& way, const Transits& before,
                               Duration delay, Duration tolerance) {
  return judge(bench, way, before, fmt::format("{} takes {:g} ms longer", describe(way), ms(delay)),
               [&](const Transits& now) {
                 const Duration grown = now.quickest - before.quickest;
                 if (grown < delay - tolerance) return Judgement::Wrong;
                 return grown > delay + tolerance ? Judgement::Again : Judgement::Right;
               });
}

Result<std::string> scattered(const Bench& bench, const Way& way, const Transits& before,
                              Duration delay, Duration jitter, Duration spread,
                              Duration tolerance) {
  return judge(bench, way, before,
               fmt::format("{} takes {:g} ms longer and spreads over {:g} ms more", describe(way),
                           ms(delay), ms(spread)),
               [&](const Transits& now) {
                 const Duration least = std::max(Duration::zero(), delay - 4 * jitter);
                 const Duration middle = now.middle - before.middle;
                 if (now.quickest - before.quickest < least - tolerance) return Judgement::Wrong;
                 if (middle < delay - jitter - tolerance) return Judgement::Wrong;
                 if (now.spread - before.spread < spread) return Judgement::Wrong;
                 const bool late = now.quickest - before.quickest > delay + tolerance ||
                                   middle > delay + jitter + tolerance;
                 return late ? Judgement::Again : Judgement::Right;
               });
}

Result<std::string> not_delayed(const Bench& bench, const Way& way, const Transits& before,
                                Duration tolerance) {
  return judge(bench, way, before, fmt::format("{} takes no longer than before", describe(way)),
               [&](const Transits& now) {
                 const bool longer = now.quickest > before.quickest + tolerance ||
                                     now.spread > before.spread + tolerance;
                 return longer ? Judgement::Again : Judgement::Right;
               });
}

}  // namespace splitsite
