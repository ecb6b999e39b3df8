#include "faults/host/memory_pressure.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

using namespace std::chrono_literals;

constexpr double kMiB = 1024 * 1024;
// A node's own memory comes and goes by this much of all it has.
constexpr double kComesAndGoes = 0.08;

}  // namespace

std::string MemoryPressure::describe() const {
  return fmt::format("{} % of the memory {} has available taken", percent_, node());
}

nlohmann::json MemoryPressure::parameters() const {
  return {{"node", node().str()}, {"percent", percent_}};
}

Result<MemoryPressure::Memory> MemoryPressure::look(const Bench& bench, const NodeId& node) const {
  SPLITSITE_TRY(const auto seen, observe(bench, node, nlohmann::json::object()));
  return Memory{seen.value("total", 0.0), seen.value("available", 0.0), seen.value("locked", 0.0)};
}

Result<void> MemoryPressure::measure(const Bench& bench) {
  SPLITSITE_TRY(before_, look(bench, node()));
  SPLITSITE_TRY(control_before_, look(bench, control()));
  // Otherwise what is taken could not be told from what comes and goes.
  if (before_.available * percent_ / 100 > 1.5 * kComesAndGoes * before_.total) return success();
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "take memory from",
               .subject = node().str(),
               .why = fmt::format("only {:.0f} of its {:.0f} MiB are available",
                                  before_.available / kMiB, before_.total / kMiB)};
}

Result<std::string> MemoryPressure::still_available(const Bench& bench, const NodeId& node,
                                                    const Memory& before,
                                                    const std::string& claim) const {
  return prove_within(bench, 20s, claim, [&]() -> Result<std::string> {
    SPLITSITE_TRY(const Memory now, look(bench, node));
    const std::string text = fmt::format("{}: {:.0f} MiB available before, {:.0f} MiB now", node,
                                         before.available / kMiB, now.available / kMiB);
    if (now.available < before.available - kComesAndGoes * before.total) {
      return not_proven(claim, text);
    }
    return text;
  });
}

// Taken in the background, piece by piece: so it is waited for.
Result<Proof> MemoryPressure::prove(const Bench& bench) const {
  const std::string claim =
      fmt::format("{} % of what {} had available is locked", percent_, node());
  const double taken = before_.available * percent_ / 100;
  const double slack = kComesAndGoes * before_.total;
  SPLITSITE_TRY(
      const std::string measured, prove_within(bench, 30s, claim, [&]() -> Result<std::string> {
        SPLITSITE_TRY(const Memory now, look(bench, node()));
        const std::string text = fmt::format(
            "{:.0f} MiB more locked, {:.0f} MiB available before, {:.0f} now",
            (now.locked - before_.locked) / kMiB, before_.available / kMiB, now.available / kMiB);
        const bool locked = now.locked - before_.locked >= taken - slack;
        const bool gone = now.available <= before_.available - taken + slack;
        if (!locked || !gone) return not_proven(claim, text);
        return text;
      }));
  SPLITSITE_TRY(const std::string unaffected,
                still_available(bench, control(), control_before_, "the control is not affected"));
  return Proof{claim, measured, unaffected};
}

Result<Proof> MemoryPressure::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format("{} has its memory back", node());
  SPLITSITE_TRY(const std::string measured, still_available(bench, node(), before_, claim));
  SPLITSITE_TRY(const std::string unaffected,
                still_available(bench, control(), control_before_, "the control is not affected"));
  return Proof{claim, measured, unaffected};
}

CatalogueEntry memory_pressure_entry() {
  return {.name = "memory-pressure",
          .summary = "most of the memory a node has available is taken",
          .parameters = {node_parameter(),
                         {"percent", "percent", "how much of what is available is taken", "70",
                          "30 to 95, whole"}},
          .mechanism =
              "A child of the node's agent maps that much memory and locks it, piece by "
              "piece.",
          .proof =
              "That much more is locked, and less is available by as much, give or take 8 % "
              "of all memory. Control: what a node beside it has available.",
          .undo =
              "The child is killed, as it is when the agent dies; proven when as much is "
              "available as before.",
          .limits = "The kernel's OOM killer takes the child first: the fault then ends by itself.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId node, reader.node("node"));
            SPLITSITE_TRY(const int percent, reader.whole_percent("percent", 30, 95));
            return std::make_unique<MemoryPressure>(node, percent);
          },
          .example = "node=host-a1 percent=70"};
}

}  // namespace splitsite
