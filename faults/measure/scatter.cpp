#include "faults/measure/scatter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "faults/measure/chance.hpp"
#include "faults/measure/transit.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;

constexpr int kBlock = 50;  // a quarter of a second: a busy moment spoils one or two
constexpr int kBlocks = 24;
constexpr int kPings = 600;
constexpr Duration kInterval = milliseconds(5);

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

Error too_few(const Way& way, const std::string& heard) {
  return Error{.kind = ErrorKind::Refused,
               .attempted = "measure the scatter",
               .subject = describe(way),
               .why = heard};
}

Result<std::vector<Duration>> spreads_of_blocks(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto stream, bench.prober.stream({.from = way.from,
                                                        .to = way.to,
                                                        .network = way.network,
                                                        .count = kBlock * kBlocks,
                                                        .interval = kInterval,
                                                        .settle = milliseconds(1000)}));
  const std::size_t block = stream.transits.size() / kBlocks;
  if (block < kBlock * 9 / 10) return too_few(way, describe(stream));
  std::vector<Duration> spreads;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const auto from = stream.transits.begin() + static_cast<std::ptrdiff_t>(i * block);
    const std::vector<Duration> part(from, from + static_cast<std::ptrdiff_t>(block));
    spreads.push_back(quantile(part, 0.9) - quantile(part, 0.1));
  }
  return spreads;
}

Result<std::vector<Duration>> sorted_round_trips(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto address, address_of_far_end(bench.config, way));
  const PingPlan plan{.count = kPings, .interval = kInterval, .timeout = milliseconds(2000)};
  SPLITSITE_TRY(auto heard, bench.prober.ping(way.from, address, plan));
  if (heard.round_trips.size() < kPings * 9 / 10) return too_few(way, describe(heard));
  std::sort(heard.round_trips.begin(), heard.round_trips.end());
  return std::move(heard.round_trips);
}

// Of even numbers between -jitter and +jitter, between their tenth and ninetieth percentile.
Duration own_spread(Duration jitter) { return jitter * 8 / 5; }

// A round trip that is quicker by that much than any without jitter.
Duration early_by(Duration jitter) { return jitter / 8; }

}  // namespace

Result<Scatter> measure_scatter(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(auto spreads, spreads_of_blocks(bench, way));
  SPLITSITE_TRY(auto round_trips, sorted_round_trips(bench, way));
  return Scatter{std::move(spreads), std::move(round_trips)};
}

Result<void> can_tell_jitter(const Way& way, const Scatter& before, Duration jitter) {
  // Half of the round trips must be so close to the quickest that what jitter takes away shows;
  // and a spread that grows as independent ones do must leave what it is without.
  const Duration restless = quantile(before.round_trips, 0.5) - before.round_trips.front();
  const Duration usual = quantile(before.spreads, 0.5);
  const Duration most = quantile(before.spreads, 0.9);
  const double grown = std::hypot(ms(usual), ms(own_spread(jitter)));
  const double missing = std::sqrt(std::max(0.0, ms(most) * ms(most) - ms(usual) * ms(usual)));
  const double least = std::max(ms(restless) * 8 / 3, missing * 5 / 8);
  if (restless <= jitter * 3 / 8 && grown > ms(most)) return success();
  return Error{
      .kind = ErrorKind::Unavailable,
      .attempted = "tell the jitter asked from the lab's own",
      .subject = describe(way),
      .why = fmt::format("{:g} ms are asked (as far as correlation leaves them), and by itself the "
                         "way spreads over {:.2f} to {:.2f} ms, its round trips over {:.2f} ms",
                         ms(jitter), ms(usual), ms(most), ms(restless)),
      .hint = fmt::format("ask for {:.1f} ms of jitter or more here", least * 1.1)};
}

Result<std::string> jitters(const Bench& bench, const Way& way, const Scatter& before,
                            Duration jitter, Duration round_trip_added) {
  SPLITSITE_TRY(const Scatter now, measure_scatter(bench, way));
  const Duration earliest = before.round_trips.front() + round_trip_added - early_by(jitter);
  const auto early = std::lower_bound(now.round_trips.begin(), now.round_trips.end(), earliest) -
                     now.round_trips.begin();
  const double by_load = chance_of_greater(before.spreads, now.spreads);
  const double by_rest =
      chance_of_all_lowest(static_cast<int>(early), static_cast<int>(now.round_trips.size()),
                           static_cast<int>(before.round_trips.size()));
  const std::string text = fmt::format(
      "{}: blocks spread over {:.2f} ms, before {:.2f} ms (by chance: {:.1e}); {} of {} round "
      "trips quicker than without jitter (by chance: {:.1e})",
      describe(way), ms(quantile(now.spreads, 0.5)), ms(quantile(before.spreads, 0.5)), by_load,
      early, now.round_trips.size(), by_rest);
  if (by_load < kRisk && by_rest < kRisk) return text;
  return not_proven(
      fmt::format("{} has a jitter of {:g} ms, told from the lab's own", describe(way), ms(jitter)),
      text);
}

}  // namespace splitsite
