#include "faults/host/clock_step.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLeast = 10ms;
constexpr Duration kMost = 24h;
constexpr Duration kTolerance = 2ms;  // two clocks read one after the other, on a busy node

std::string in_words(Duration by) {
  return fmt::format("{} {}", format_duration(by < 0ns ? -by : by), by < 0ns ? "back" : "forward");
}

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(const NodeId node, reader.node("node"));
  SPLITSITE_TRY(const Duration by, reader.duration("by", kLeast, kMost));
  SPLITSITE_TRY(const int sign, reader.choice_of<int>("direction", {{"forward", 1}, {"back", -1}}));
  return std::make_unique<ClockStep>(node, sign * by);
}

}  // namespace

std::string ClockStep::describe() const {
  return fmt::format("clock of {} set {}", node(), in_words(by_));
}

nlohmann::json ClockStep::parameters() const {
  return {{"node", node().str()},
          {"by_ms", std::chrono::duration<double, std::milli>(by_).count()}};
}

Result<void> ClockStep::measure(const Bench& bench) {
  SPLITSITE_TRY(before_, read_clocks(bench, node(), "clock.step"));
  SPLITSITE_TRY(control_before_, read_clocks(bench, control(), "clock.step"));
  return success();
}

// Against the node's own monotonic clock, which nobody can set.
Result<std::string> ClockStep::moved_by(const Bench& bench, const NodeId& node,
                                        const ClockReading& before, Duration expected,
                                        const std::string& claim) const {
  SPLITSITE_TRY(const ClockReading now, read_clocks(bench, node, "clock.step"));
  if (now.boot_id != before.boot_id) {
    if (expected == 0ns) return fmt::format("{} was booted anew, with the right time", node);
    return not_proven(claim, fmt::format("{} was booted anew", node));
  }
  const Duration moved = now.ahead() - before.ahead();
  const std::string text = fmt::format("{}: {:.3f} s against its monotonic clock", node,
                                       std::chrono::duration<double>(moved).count());
  const Duration off = moved - expected;
  if (off > kTolerance || off < -kTolerance) return not_proven(claim, text);
  return text;
}

Result<Proof> ClockStep::prove(const Bench& bench) const {
  const std::string claim = fmt::format("the clock of {} has jumped {}", node(), in_words(by_));
  SPLITSITE_TRY(const std::string measured, moved_by(bench, node(), before_, by_, claim));
  SPLITSITE_TRY(const std::string unaffected,
                moved_by(bench, control(), control_before_, 0ns, "the control is not affected"));
  return Proof{claim, measured, unaffected};
}

Result<Proof> ClockStep::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format("the clock of {} is as if it had never jumped", node());
  SPLITSITE_TRY(const std::string measured, moved_by(bench, node(), before_, 0ns, claim));
  SPLITSITE_TRY(const std::string unaffected,
                moved_by(bench, control(), control_before_, 0ns, "the control is not affected"));
  return Proof{claim, measured, unaffected};
}

CatalogueEntry clock_step_entry() {
  return {.name = "clock-step",
          .summary = "a node's time of day jumps",
          .parameters = {node_parameter(),
                         {"by", "duration", "how far", "5min", "10 ms to 24 h"},
                         {"direction", "choice", "which way", "forward", "forward, back"}},
          .mechanism = "The node's agent has the kernel move the clock (adjtimex, set offset).",
          .proof =
              "Realtime has moved by that much against the node's monotonic clock. "
              "Control: on a node beside it, it has not.",
          .undo =
              "Moved back by as much; one that was set by somebody else meanwhile goes on as "
              "if nothing had happened. Proven against the monotonic clock, within 2 ms.",
          .limits =
              "Only what reads the time of day sees it: leases and timers run on monotonic "
              "clocks.",
          .make = make,
          .example = "node=host-a1 by=5min"};
}

}  // namespace splitsite
