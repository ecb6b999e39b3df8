#include "faults/measure/impairment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "faults/measure/transit.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 3;
constexpr Duration kInterval = milliseconds(1);  // what an emulated node sends and hears in time

Result<StreamResult> count_packets(const Bench& bench, const Way& way, int packets,
                                   Duration interval = kInterval) {
  return bench.prober.stream({.from = way.from,
                              .to = way.to,
                              .network = way.network,
                              .count = packets,
                              .interval = interval,
                              .settle = milliseconds(1500)});
}

const char* word(Mishap mishap) {
  switch (mishap) {
    case Mishap::Lost:
      return "lost";
    case Mishap::Twice:
      return "arrived twice";
    case Mishap::Damaged:
      return "damaged or lost";
  }
  return "";
}

Counted count_of(Mishap mishap, const StreamResult& stream) {
  switch (mishap) {
    case Mishap::Lost:
      return {std::max(0, stream.sent - stream.received - stream.corrupted), stream.sent};
    case Mishap::Twice:
      return {stream.duplicates, stream.received};
    case Mishap::Damaged:
      return {stream.sent - stream.received, stream.sent};
  }
  return {};
}

// What can show at all. A bit changed in the sender's hardware address, 6 of the 106 bytes of the
// frame, changes nothing that anybody looks at.
double visible(Mishap mishap, double percent) {
  return mishap == Mishap::Damaged ? percent * 100 / 106 : percent;
}

enum class Judgement { Right, Wrong, Again };

// Counts until the judgement is not Again; the last sentence either way.
Result<std::string> judge(const Bench& bench, const Way& way, int packets, Duration interval,
                          const std::string& claim,
                          const std::function<std::string(const StreamResult&)>& words,
                          const std::function<Judgement(const StreamResult&)>& judgement) {
  std::string seen;
  for (int i = 0; i < kTries && !bench.stop.stop_requested(); ++i) {
    SPLITSITE_TRY(const auto stream, count_packets(bench, way, packets, interval));
    seen = fmt::format("{}: {}", describe(way), words(stream));
    const Judgement verdict = judgement(stream);
    if (verdict == Judgement::Right) return seen;
    if (verdict == Judgement::Wrong) break;
  }
  return not_proven(claim, seen);
}

}  // namespace

Result<std::string> happens(const Bench& bench, const Way& way, Mishap mishap, double percent,
                            double excess) {
  const auto words = [&](const StreamResult& stream) {
    return fmt::format("{} {}", describe(count_of(mishap, stream)), word(mishap));
  };
  return judge(bench, way, enough_packets(visible(mishap, percent)), kInterval,
               fmt::format("{} {}: {:g} %", describe(way), word(mishap), percent), words,
               [&](const StreamResult& stream) {
                 const Counted counted = count_of(mishap, stream);
                 const bool untouched = mishap == Mishap::Damaged && stream.corrupted == 0;
                 if (counted.of == 0) return Judgement::Again;
                 const bool rare = too_few_for(counted, visible(mishap, percent));
                 // Silence is another fault.
                 const bool silent = percent < 100 && stream.received == 0;
                 if (rare || untouched || silent) return Judgement::Wrong;
                 return too_many_for(counted, std::min(100.0, percent + excess)) ? Judgement::Again
                                                                                 : Judgement::Right;
               });
}

Result<std::string> hardly_happens(const Bench& bench, const Way& way, Mishap mishap,
                                   double disproved) {
  const auto words = [&](const StreamResult& stream) {
    return fmt::format("{} {}", describe(count_of(mishap, stream)), word(mishap));
  };
  return judge(bench, way, enough_packets(disproved), kInterval,
               fmt::format("{} {}: not {:g} %", describe(way), word(mishap), disproved), words,
               [&](const StreamResult& stream) {
                 const Counted counted = count_of(mishap, stream);
                 if (counted.of == 0) return Judgement::Again;
                 const bool rare = too_few_for(counted, visible(mishap, disproved));
                 return rare ? Judgement::Right : Judgement::Again;
               });
}

Result<std::string> lost_in_runs(const Bench& bench, const Way& way, double percent,
                                 double mean_run) {
  // Sixty runs: then the chance of a quarter or the triple of the share, or of runs of less than
  // four tenths of the length, is below one in a million.
  constexpr double kRuns = 60;
  const double wanted = std::clamp(kRuns * mean_run * 100 / percent, 300.0, 20000.0);
  const auto share = [](const StreamResult& stream) {
    return 100.0 * count_of(Mishap::Lost, stream).hits / std::max(1, stream.sent);
  };
  const auto run = [](const StreamResult& stream) {
    return static_cast<double>(count_of(Mishap::Lost, stream).hits) / std::max(1, stream.gaps);
  };
  return judge(
      bench, way, static_cast<int>(wanted), kInterval,
      fmt::format("{}: {:g} % lost in runs of {:.1f}", describe(way), percent, mean_run),
      [&](const StreamResult& stream) {
        return fmt::format("{} lost in runs of {:.1f}", describe(count_of(Mishap::Lost, stream)),
                           run(stream));
      },
      [&](const StreamResult& stream) {
        if (share(stream) < percent / 4 || run(stream) < 0.4 * mean_run) return Judgement::Wrong;
        // One endless run is another fault.
        if (stream.received == 0) return Judgement::Wrong;
        return share(stream) > 3 * percent ? Judgement::Again : Judgement::Right;
      });
}

Result<std::string> some_overtake(const Bench& bench, const Way& way, double percent,
                                  Duration delay) {
  // Sent closer together than the delay, so that being early means overtaking.
  const Duration interval = std::max<Duration>(kInterval, delay / 4);
  const auto early = [&](const StreamResult& stream) {
    const Duration late = quantile(stream.transits, 0.75) - delay / 2;
    const auto count = std::count_if(stream.transits.begin(), stream.transits.end(),
                                     [&](Duration transit) { return transit < late; });
    return Counted{static_cast<int>(count), static_cast<int>(stream.transits.size())};
  };
  const int packets = std::min(4000, enough_packets(percent));  // as many transits are told
  return judge(
      bench, way, packets, interval,
      fmt::format("{}: {:g} % overtake others", describe(way), percent),
      [&](const StreamResult& stream) {
        return fmt::format("{} early, {} overtaken", describe(early(stream)), stream.overtaken);
      },
      [&](const StreamResult& stream) {
        const Counted counted = early(stream);
        if (counted.of == 0) return Judgement::Again;
        if (too_few_for(counted, percent) || stream.overtaken == 0) return Judgement::Wrong;
        return too_many_for(counted, percent + 2) ? Judgement::Again : Judgement::Right;
      });
}

Result<std::string> keeps_order(const Bench& bench, const Way& way) {
  return judge(
      bench, way, 500, kInterval, fmt::format("{} keeps the order", describe(way)),
      [](const StreamResult& stream) { return describe(stream); },
      [](const StreamResult& stream) {
        return stream.overtaken == 0 && stream.received > 0 ? Judgement::Right : Judgement::Again;
      });
}

}  // namespace splitsite
