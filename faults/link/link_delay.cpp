#include "faults/link/link_delay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "faults/measure/round_trip.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// The ends' clocks are aligned no better than that (faults/measure/transit.hpp).
constexpr Duration kClocks = 2ms;

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

Result<Jitter> read_jitter(const ParameterReader& reader, Duration added) {
  Jitter jitter;
  SPLITSITE_TRY(jitter.size, reader.duration("jitter", 0ms, 400ms));
  SPLITSITE_TRY(jitter.shape, reader.choice_of<DelayShape>(
                                  "shape", {{"uniform", DelayShape::Uniform},
                                            {"normal", DelayShape::Normal},
                                            {"pareto", DelayShape::Pareto},
                                            {"pareto-normal", DelayShape::ParetoNormal}}));
  SPLITSITE_TRY(jitter.correlation_percent, reader.percent("correlation", 0, 75));
  if (jitter.size > added) {
    return reader.wrong("jitter", fmt::format("is more than the {:g} ms added", ms(added)));
  }
  if (jitter.size > 0ms && jitter.size < 1ms) {
    return reader.wrong("jitter", "is too little to be told from the noise of a lab");
  }
  for (const char* name : {"shape", "correlation"}) {
    if (jitter.size == 0ms && reader.given(name)) return reader.wrong(name, "needs jitter");
  }
  return jitter;
}

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const Duration added, reader.duration("added", 1ms, 400ms));
  // One way is told by the ends' clocks, a round trip by one clock.
  if (added < 2 * kClocks && !(scope.there && scope.back)) {
    return reader.wrong("direction", fmt::format("less than {:g} ms one way cannot be told apart "
                                                 "from the other way, allowed is both",
                                                 ms(2 * kClocks)));
  }
  SPLITSITE_TRY(const Jitter jitter, read_jitter(reader, added));
  return std::unique_ptr<Fault>(std::make_unique<LinkDelay>(std::move(scope), added, jitter));
}

std::vector<ParameterSpec> own_parameters() {
  return {{.name = "added",
           .type = "duration",
           .meaning = "to every packet, one way",
           .otherwise = "",
           .allowed = "1 ms to 400 ms"},
          {.name = "jitter",
           .type = "duration",
           .meaning = "how far single packets stray from it, either way",
           .otherwise = "0ms",
           .allowed = "0, or 1 ms to as much as is added"},
          {.name = "shape",
           .type = "choice",
           .meaning = "how the jitter is distributed",
           .otherwise = "uniform",
           .allowed = "uniform, normal, pareto, pareto-normal"},
          {.name = "correlation",
           .type = "percent",
           .meaning = "how much a packet's jitter leans towards that of the one before",
           .otherwise = "0",
           .allowed = "0 to 75"}};
}

}  // namespace

LinkDelay::LinkDelay(LinkScope scope, Duration added, Jitter jitter, Duration tolerance)
    : LinkFault(std::move(scope), {.delay = added,
                                   .jitter = jitter.size,
                                   .shape = jitter.shape,
                                   .delay_correlation_percent = jitter.correlation_percent}),
      tolerance_(std::min(tolerance, added / 2)) {}

Duration LinkDelay::told_jitter() const {
  // Correlation narrows the numbers drawn, at most by this factor.
  const double rho = effect().delay_correlation_percent / 100;
  const double narrowed = std::sqrt((1 - rho) / (1 + rho));
  return std::chrono::duration_cast<Duration>(effect().jitter * narrowed);
}

// The narrowest shape spreads its middle 80 % over 1.3 times the jitter.
Duration LinkDelay::least_spread() const { return told_jitter() * 2 / 5; }

Result<void> LinkDelay::measure_way_before(const Bench& bench, const Way& way) {
  Before now{.way = way};
  SPLITSITE_TRY(now.one_way, undisturbed_transits(bench, way, std::max(kClocks, tolerance_)));
  SPLITSITE_TRY(now.round_trip, undisturbed_round_trip(bench, way, tolerance_));
  const auto link = link_on(bench.config, way);
  if (jitter_asked() && link && scope().affects(*link)) {
    SPLITSITE_TRY(now.scatter, measure_scatter(bench, way));
    SPLITSITE_TRY_VOID(can_tell_jitter(way, now.scatter, told_jitter()));
  }
  std::erase_if(before_, [&](const Before& old) { return old.way == way; });
  before_.push_back(std::move(now));
  return success();
}

Result<LinkDelay::Before> LinkDelay::before(const Bench& bench, const Way& way) const {
  const auto link = link_on(bench.config, way);
  const Before* alike = nullptr;
  for (const Before& known : before_) {
    if (known.way == way) return known;
    if (link && link_on(bench.config, known.way) == link) alike = &known;
  }
  if (alike != nullptr) return *alike;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "compare the way",
               .subject = splitsite::describe(way),
               .why = "it was not measured before the fault"};
}

Result<std::string> LinkDelay::effect_shows(const Bench& bench, const Way& way) const {
  SPLITSITE_TRY(const Before then, before(bench, way));
  const Duration added = effect().delay;
  const Duration one_way_tolerance = std::max(kClocks, tolerance_);
  const Duration both = scope().there && scope().back ? 2 * added : added;
  if (jitter_asked()) {
    SPLITSITE_TRY(const auto spread, scattered(bench, way, then.one_way, added, effect().jitter,
                                               least_spread(), one_way_tolerance));
    SPLITSITE_TRY(const auto told, jitters(bench, way, then.scatter, told_jitter(), both));
    return spread + "; " + told;
  }
  SPLITSITE_TRY(const auto one_way, delayed_by(bench, way, then.one_way, added, one_way_tolerance));
  SPLITSITE_TRY(const auto trip, takes(bench, way, then.round_trip + both, tolerance_));
  return fmt::format("{}; round trip {}, before {:.2f} ms", one_way, trip, ms(then.round_trip));
}

Result<std::string> LinkDelay::effect_absent(const Bench& bench, const Way& way) const {
  SPLITSITE_TRY(const Before then, before(bench, way));
  return not_delayed(bench, way, then.one_way, std::max(kClocks, tolerance_));
}

// Not by one-way times: the nodes' clocks drift apart while a fault lasts.
Result<std::string> LinkDelay::effect_gone(const Bench& bench, const Way& way) const {
  SPLITSITE_TRY(const Before then, before(bench, way));
  SPLITSITE_TRY(const auto trip, takes_no_longer(bench, way, then.round_trip, tolerance_));
  if (!jitter_asked()) return trip;
  const Duration most = then.one_way.spread + least_spread() / 2;
  const std::string claim =
      fmt::format("{} spreads no more than {:.2f} ms", splitsite::describe(way), ms(most));
  const Wait wait{.what = claim, .bound = 10s, .every = 20ms, .stop = bench.stop};
  auto calm = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    auto now = measure_transits(bench, way);
    if (!now) return NotYet{now.error().message()};
    if (now.value().spread > most) return NotYet{splitsite::describe(now.value())};
    return splitsite::describe(now.value());
  });
  if (!calm) return not_proven(claim, calm.error().message());
  return fmt::format("{}, {}", trip, calm.value());
}

CatalogueEntry link_delay_entry() {
  return {.name = "link-delay",
          .summary = "delay between two sites, with jitter",
          .parameters = with_link_parameters(own_parameters()),
          .mechanism =
              "netem in the wan node, on the leaf of each affected direction, on top of "
              "the topology's own latency.",
          .proof =
              "One-way times of numbered datagrams in each direction and round trips, next to "
              "the same before; connections, new and open, get through. The other direction "
              "and a way within the site take no longer; the third site is reached.",
          .undo = "The fault's share is taken off the link; the round trip is what it was.",
          .limits =
              "Below 3 ms only round trips prove it, because clocks are no better. Jitter makes "
              "packets overtake each other. Two shapes of jitter on one direction "
              "are refused. Supported by the clusters under test: 7 ms round trip self-hosted, "
              "100 ms otherwise.",
          .make = make,
          .example = "sites=a-b added=10ms"};
}

}  // namespace splitsite
