#include "faults/process/process_kill.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;

constexpr Duration gone_within = std::chrono::seconds(5);
// Supervision brings a daemon back one second after its end.
constexpr Duration away_for = milliseconds(2500);

using Stays = ProcessKill::Stays;

Result<Stays> read_stays(const ParameterReader& reader, const ProcessTarget& target) {
  SPLITSITE_TRY(
      const Stays stays,
      reader.choice_of<Stays>("stays", {{"down", Stays::Down}, {"respawned", Stays::Respawned}}));
  if (target.is_vm() && stays == Stays::Down && reader.given("stays")) {
    return reader.wrong("stays", "is not for a VM, which the Manager brings back");
  }
  if (target.guards_host() && stays == Stays::Respawned) {
    return reader.wrong(
        "stays", fmt::format("is not for {}, which nobody brings back by itself", target.process));
  }
  if (target.process == "manager" && reader.config().clustered_manager()) {
    if (stays == Stays::Down && reader.given("stays")) {
      return reader.wrong("stays", "is not for a clustered Manager, started somewhere else then");
    }
    return Stays::Respawned;
  }
  return target.is_vm() ? Stays::Respawned : stays;
}

}  // namespace

std::string ProcessKill::describe() const {
  if (target().is_vm()) return target().describe() + " is killed";
  return target().describe() +
         (stays_ == Stays::Down ? " is killed and stays away" : " is killed and comes back");
}

nlohmann::json ProcessKill::arguments() const {
  return {{"process", target().process}, {"stays", stays_ == Stays::Down ? "down" : "respawned"}};
}

nlohmann::json ProcessKill::parameters() const {
  auto parameters = arguments();
  if (target().is_vm()) parameters.erase("stays");
  parameters["node"] = target().node.str();
  return parameters;
}

Result<Proof> ProcessKill::prove(const Bench& bench) const {
  if (target().is_vm()) return prove_vm_gone(bench);
  return stays_ == Stays::Down ? prove_down(bench) : prove_respawned(bench);
}

Result<Proof> ProcessKill::prove_down(const Bench& bench) const {
  const std::string claim = target().describe() + " is gone and stays away";
  const auto is_gone = [&]() -> Probed<std::monostate> {
    const auto now = see(bench, target());
    if (!now) return NotYet{now.error().message()};
    if (!now.value().running) return std::monostate{};
    return NotYet{now.value().describe()};
  };
  const auto gone = eventually<std::monostate>(
      bench.clock,
      {.what = claim, .bound = gone_within, .every = milliseconds(50), .stop = bench.stop},
      is_gone);
  if (!gone) return not_proven(claim, gone.error().why);
  const auto away = consistently(
      bench.clock,
      {.what = claim, .bound = away_for, .every = milliseconds(250), .stop = bench.stop}, is_gone);
  if (!away) return not_proven(claim, away.error().why);
  return proof(bench, claim,
               fmt::format("pid {} is gone, and none came after it in {}", before().pid,
                           format_duration(away_for)));
}

Result<Proof> ProcessKill::prove_respawned(const Bench& bench) const {
  const std::string claim = target().describe() + " died and came back";
  SPLITSITE_TRY(const ProcessSeen now, await_running(bench, claim, [&](const ProcessSeen& seen) {
                  return !seen.same_process(before());
                }));
  return proof(bench, claim, fmt::format("pid {} is gone; now {}", before().pid, now.describe()));
}

Result<Proof> ProcessKill::prove_vm_gone(const Bench& bench) const {
  const std::string claim = fmt::format("the QEMU of {} is gone", target().describe());
  const Wait wait{
      .what = claim, .bound = gone_within, .every = milliseconds(50), .stop = bench.stop};
  const auto gone = eventually<ProcessSeen>(bench.clock, wait, [&]() -> Probed<ProcessSeen> {
    const auto now = see(bench, target());
    if (!now) return NotYet{now.error().message()};
    if (!now.value().same_process(before())) return now.value();
    return NotYet{now.value().describe()};
  });
  if (!gone) return not_proven(claim, gone.error().why);
  return proof(bench, claim,
               fmt::format("pid {} is gone; now {}", before().pid, gone.value().describe()));
}

Result<Proof> ProcessKill::prove_healed(const Bench& bench) const {
  if (target().is_vm()) {
    SPLITSITE_TRY(const ProcessSeen now, see(bench, target()));
    return proof(bench, fmt::format("nothing keeps {} from being started", target().describe()),
                 "on this host it is " + now.describe());
  }
  const std::string claim = target().describe() + " runs again";
  SPLITSITE_TRY(const ProcessSeen now, await_running(bench, claim, [&](const ProcessSeen& seen) {
                  const bool another = bench.rolling_back || !seen.same_process(before());
                  return !seen.held && !seen.stopped() && another;
                }));
  if (now.boot_id == before().boot_id) return proof(bench, claim, now.describe());
  return Proof{.claim = claim,
               .measured = "its node was booted anew meanwhile: " + now.describe(),
               .control = "none: what was beside it died with the node"};
}

CatalogueEntry process_kill_entry() {
  auto parameters = target_parameters();
  parameters.push_back({.name = "stays",
                        .type = "choice",
                        .meaning = "whether it stays away until healed, or crashes and comes back",
                        .otherwise = "down",
                        .allowed = "down, respawned"});
  return {.name = "process-kill",
          .summary = "a daemon, the Manager or a VM's QEMU dies",
          .parameters = std::move(parameters),
          .mechanism =
              "SIGKILL by the node's agent, through a process descriptor; the node's "
              "supervision is told to hold it down first.",
          .proof =
              "The process is gone and none comes after it for 2.5 s (supervision takes 1 s); or, "
              "respawned, another one runs. Control: another daemon of the host is the same "
              "process and runs, and the node answers to the network.",
          .undo =
              "It is let go: supervision starts it; sanlock and wdmd are started as an "
              "administrator would. Another process of that name runs.",
          .limits =
              "A killed sanlock or wdmd usually makes the watchdog reset the host, healed or not: "
              "healing waits until the host is back, or the watchdog can no longer fire (8 sanlock "
              "I/O timeouts, and 75 s). A killed VM is the Manager's to start again, on any host.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(auto target, read_target(reader));
            SPLITSITE_TRY(const auto stays, read_stays(reader, target));
            return std::make_unique<ProcessKill>(std::move(target), stays);
          },
          .example = "node=host-a1 process=multipathd"};
}

}  // namespace splitsite
