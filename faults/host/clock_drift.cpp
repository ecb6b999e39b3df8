#include "faults/host/clock_drift.hpp"

#include <fmt/format.h>

#include <cmath>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// Over this long, clocks that are read 2 us apart differ by 2 ppm.
constexpr Duration kSpan = 2s;
constexpr double kTolerance = 10;  // ppm
constexpr int kLeast = 50;
constexpr int kMost = 500;  // of the kernel's own adjustment
constexpr Duration kOffset = 1ms;

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(const NodeId node, reader.node("node"));
  SPLITSITE_TRY(const auto ppm, reader.count("ppm", kLeast, kMost));
  SPLITSITE_TRY(const int sign, reader.choice_of<int>("direction", {{"fast", 1}, {"slow", -1}}));
  return std::make_unique<ClockDrift>(node, sign * static_cast<int>(ppm));
}

}  // namespace

std::string ClockDrift::describe() const {
  return fmt::format("clock of {} running {} ppm {}", node(), std::abs(ppm_),
                     ppm_ < 0 ? "slow" : "fast");
}

nlohmann::json ClockDrift::parameters() const { return {{"node", node().str()}, {"ppm", ppm_}}; }

Result<ClockDrift::Rate> ClockDrift::rate(const Bench& bench, const NodeId& node) const {
  SPLITSITE_TRY(const ClockReading from, read_clocks(bench, node, "clock.drift"));
  const Wait wait{.what = fmt::format("{} of the clock of {}", format_duration(kSpan), node),
                  .bound = 10 * kSpan,
                  .every = kSpan / 4,
                  .stop = bench.stop};
  SPLITSITE_TRY(const ClockReading to,
                eventually<ClockReading>(bench.clock, wait, [&]() -> Probed<ClockReading> {
                  auto now = read_clocks(bench, node, "clock.drift");
                  if (!now) return NotYet{now.error().message()};
                  if (now.value().boot_id != from.boot_id) return NotYet{"it was booted anew"};
                  if (now.value().raw - from.raw < kSpan) return NotYet{"not long enough yet"};
                  return now.value();
                }));
  return Rate{parts_per_million(from, to), to};
}

Result<ClockDrift::Rate> ClockDrift::runs_at(const Bench& bench, const NodeId& node,
                                             double expected, const std::string& claim) const {
  SPLITSITE_TRY(const Rate now, rate(bench, node));
  if (std::abs(now.ppm - expected) <= kTolerance) return now;
  return not_proven(claim, fmt::format("{} runs at {:+.1f} ppm", node, now.ppm));
}

Result<void> ClockDrift::measure(const Bench& bench) {
  SPLITSITE_TRY(before_, rate(bench, node()));
  SPLITSITE_TRY(control_before_, rate(bench, control()));
  return success();
}

Result<std::string> ClockDrift::control_keeps_time(const Bench& bench) const {
  SPLITSITE_TRY(const Rate now,
                runs_at(bench, control(), control_before_.ppm, "the control is not affected"));
  return fmt::format("{}: {:+.1f} ppm before, {:+.1f} now", control(), control_before_.ppm,
                     now.ppm);
}

Result<Proof> ClockDrift::prove(const Bench& bench) const {
  const std::string claim = fmt::format("the clock of {} runs {} ppm {}", node(), std::abs(ppm_),
                                        ppm_ < 0 ? "slow" : "fast");
  SPLITSITE_TRY(const Rate now, runs_at(bench, node(), before_.ppm + ppm_, claim));
  SPLITSITE_TRY(const std::string unaffected, control_keeps_time(bench));
  return Proof{claim, fmt::format("{:+.1f} ppm before, {:+.1f} now", before_.ppm, now.ppm),
               unaffected};
}

// Both: the rate is what it was, and what it had gained is gone.
Result<Proof> ClockDrift::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format("the clock of {} is as if it had never drifted", node());
  SPLITSITE_TRY(const Rate now, runs_at(bench, node(), before_.ppm, claim));
  SPLITSITE_TRY(const std::string unaffected, control_keeps_time(bench));
  if (now.end.boot_id != before_.end.boot_id) {
    return Proof{claim, "it was booted anew, with the right time", unaffected};
  }
  // What it would be by the rate it had before.
  const Duration lasted = now.end.raw - before_.end.raw;
  const auto own = Duration(std::llround(static_cast<double>(lasted.count()) * before_.ppm / 1e6));
  const Duration gained = (now.end.realtime - before_.end.realtime) - lasted - own;
  const std::string measured =
      fmt::format("{:+.1f} ppm, and {:.3f} ms from where it would be", now.ppm,
                  std::chrono::duration<double, std::milli>(gained).count());
  // The rate before is known to 2 ppm.
  const Duration unknown = kOffset + lasted / 500'000;
  if (gained > unknown || gained < -unknown) return not_proven(claim, measured);
  return Proof{claim, measured, unaffected};
}

CatalogueEntry clock_drift_entry() {
  return {.name = "clock-drift",
          .summary = "a node's clock runs fast or slow",
          .parameters = {node_parameter(),
                         {"ppm", "count", "by how many parts per million", "400", "50 to 500"},
                         {"direction", "choice", "which way", "fast", "fast, slow"}},
          .mechanism = "The node's agent sets the kernel's clock frequency (adjtimex).",
          .proof =
              "Over two seconds realtime runs that much faster or slower against the "
              "hardware's own clock, within 10 ppm. Control: on a node beside it, it does not.",
          .undo =
              "The frequency is what it was, and the time of day loses what it had gained, in "
              "one call; both are measured.",
          .limits =
              "More than 500 ppm the kernel does not do, and the harness's own estimate of "
              "a node's clock would not follow. Monotonic clocks keep what they gained.",
          .make = make,
          .example = "node=host-a1 ppm=400"};
}

}  // namespace splitsite
