#include "faults/host/cpu_starvation.hpp"

#include <fmt/format.h>

#include <optional>

namespace splitsite {
namespace {

using namespace std::chrono_literals;

constexpr int kLeast = 30;  // less is not told from a busy node
constexpr int kMost = 90;   // the kernel itself stops real-time work at 95
// What the sample, a process at nice -20, may get beyond what the spinners leave: their periods and
// its sample do not begin together.
constexpr double kAllowance = 0.08;
// Of what is left, and of what it got before, it gets at least this share: the kernel's own threads
// want some of what is left too.
constexpr double kLeastOfIt = 1.0 / 3;

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  using Spare = CpuStarvation::Spare;
  SPLITSITE_TRY(const NodeId node, reader.node("node"));
  SPLITSITE_TRY(const int share, reader.whole_percent("share", kLeast, kMost));
  SPLITSITE_TRY(const Spare spare, reader.choice_of<Spare>("spare", {{"realtime", Spare::RealTime},
                                                                     {"nothing", Spare::Nothing}}));
  return std::make_unique<CpuStarvation>(node, share, spare);
}

}  // namespace

std::string CpuStarvation::describe() const {
  return fmt::format("{} % of every CPU of {} taken{}", share_percent_, node(),
                     spare_ == Spare::Nothing ? ", also from real-time daemons" : "");
}

nlohmann::json CpuStarvation::parameters() const {
  return {{"node", node().str()},
          {"share_percent", share_percent_},
          {"spare", spare_ == Spare::Nothing ? "nothing" : "realtime"}};
}

nlohmann::json CpuStarvation::arguments() const {
  return {{"share_percent", share_percent_},
          {"spare", spare_ == Spare::Nothing ? "nothing" : "realtime"}};
}

double CpuStarvation::most_left() const { return 1 - share_percent_ / 100.0 + kAllowance; }

double CpuStarvation::least_left() const {
  return (1 - share_percent_ / 100.0) * before_ * kLeastOfIt;
}

// A process that wants a CPU for thirty of the spinners' periods: how much of it it gets. Only
// real-time work comes before it: what the node's VMs make up for afterwards is no part of it.
Result<double> CpuStarvation::left(const Bench& bench, const NodeId& node) const {
  SPLITSITE_TRY(const auto seen, observe(bench, node, {{"for_ms", 3000}}));
  const double wall = seen.value("wall_ns", 0.0);
  if (wall > 0) return seen.value("cpu_ns", 0.0) / wall;
  return Error{.kind = ErrorKind::Internal,
               .attempted = "measure the CPU of",
               .subject = node.str(),
               .why = "the agent's answer makes no sense: " + seen.dump()};
}

Result<std::string> CpuStarvation::more_than_left(const Bench& bench, const NodeId& node,
                                                  const std::string& claim) const {
  return prove_within(bench, 20s, claim, [&]() -> Result<std::string> {
    SPLITSITE_TRY(const double share, left(bench, node));
    const std::string text = fmt::format("{}: {:.0f} % of a CPU", node, 100 * share);
    if (share <= most_left()) return not_proven(claim, text);
    return text;
  });
}

Result<void> CpuStarvation::measure(const Bench& bench) {
  const std::string claim = fmt::format(
      "a process at nice -20 gets more than {:.0f} % of a CPU "
      "before the fault",
      100 * most_left());
  for (const NodeId& each : {node(), control()}) {
    SPLITSITE_TRY_VOID(more_than_left(bench, each, claim));
  }
  SPLITSITE_TRY(before_, left(bench, node()));
  return success();
}

// Too much left disproves it at once; too little may be a busy moment of the machine.
Result<std::string> CpuStarvation::starved(const Bench& bench, const std::string& claim) const {
  std::optional<Error> disproof;
  auto seen = prove_within(bench, 20s, claim, [&]() -> Result<std::string> {
    SPLITSITE_TRY(const double share, left(bench, node()));
    const std::string text = fmt::format("{:.0f} %", 100 * share);
    if (share > most_left()) disproof = not_proven(claim, text + ": too little is taken");
    if (share < least_left()) return not_proven(claim, text + ": too much is taken");
    return text;
  });
  if (disproof) return *disproof;
  return seen;
}

Result<Proof> CpuStarvation::prove(const Bench& bench) const {
  const std::string claim =
      fmt::format("a process at nice -20 on {} gets {:.0f} to {:.0f} % of a CPU", node(),
                  100 * least_left(), 100 * most_left());
  SPLITSITE_TRY(const std::string measured, starved(bench, claim));
  SPLITSITE_TRY(const std::string control,
                more_than_left(bench, control(), "the control is not affected"));
  return Proof{claim, measured, control};
}

Result<Proof> CpuStarvation::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format(
      "a process at nice -20 on {} gets more than {:.0f} % of a CPU", node(), 100 * most_left());
  SPLITSITE_TRY(const std::string measured, more_than_left(bench, node(), claim));
  SPLITSITE_TRY(const std::string control,
                more_than_left(bench, control(), "the control is not affected"));
  return Proof{claim, measured, control};
}

CatalogueEntry cpu_starvation_entry() {
  return {
      .name = "cpu-starvation",
      .summary = "a share of every CPU of a node is taken by real-time work",
      .parameters = {node_parameter(),
                     {"share", "percent", "how much of every CPU is taken", "80",
                      "30 to 90, whole"},
                     {"spare", "choice", "whether daemons at real-time priority keep their time",
                      "realtime", "realtime, nothing"}},
      .mechanism =
          "A child of the node's agent on each CPU spins at real-time priority for "
          "that share of every 100 ms; the agent itself keeps above it.",
      .proof =
          "A process at nice -20 that wants a CPU for three seconds gets what is left: at most 8 "
          "points more, and at least a third of it and of what it got before. Control: one on a "
          "node beside it gets more.",
      .undo =
          "The children are killed, as they are when the agent dies; proven when such a "
          "process gets more again.",
      .limits =
          "With spare=nothing the agent may answer 100 ms late. Beyond 90 % the kernel's "
          "own limit for real-time work would decide.",
      .make = make,
      .example = "node=host-a1 share=80"};
}

}  // namespace splitsite
