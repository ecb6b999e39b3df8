#include "faults/process/process_stop.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;

constexpr Duration stopped_within = std::chrono::seconds(5);
constexpr Duration between_looks = milliseconds(500);

}  // namespace

Result<Proof> ProcessStop::prove(const Bench& bench) const {
  const std::string claim = target().describe() + " is stopped";
  const Wait wait{
      .what = claim, .bound = stopped_within, .every = milliseconds(50), .stop = bench.stop};
  const auto first = eventually<ProcessSeen>(bench.clock, wait, [&]() -> Probed<ProcessSeen> {
    const auto now = see(bench, target());
    if (!now) return NotYet{now.error().message()};
    if (now.value().stopped() && now.value().same_process(before())) return now.value();
    return NotYet{now.value().describe()};
  });
  if (!first) return not_proven(claim, first.error().why);
  bench.clock.pause(between_looks);
  SPLITSITE_TRY(const ProcessSeen second, see(bench, target()));
  const std::uint64_t used = second.cpu_ticks - first.value().cpu_ticks;
  const std::string measured = fmt::format("{}; {} ticks of CPU time in {}", second.describe(),
                                           used, format_duration(between_looks));
  if (!second.stopped() || !second.same_process(first.value()) || used != 0) {
    return not_proven(claim, measured);
  }
  return proof(bench, claim, measured);
}

Result<Proof> ProcessStop::prove_healed(const Bench& bench) const {
  const std::string claim = target().describe() + " goes on";
  if (target().is_vm()) {
    // A guest that died or moved while it hung is the Manager's to bring back, anywhere.
    SPLITSITE_TRY(const ProcessSeen now, see(bench, target()));
    if (!now.same_process(before())) {
      return proof(bench, "nothing keeps " + target().describe() + " from running",
                   "the stopped process is gone: " + now.describe());
    }
  }
  SPLITSITE_TRY(const ProcessSeen now, await_running(bench, claim, [](const ProcessSeen& seen) {
                  return !seen.stopped();
                }));
  if (now.same_process(before())) return proof(bench, claim, now.describe());
  return Proof{.claim = claim,
               .measured = fmt::format("it died meanwhile{} and runs anew: {}",
                                       now.boot_id == before().boot_id ? "" : " with its node",
                                       now.describe()),
               .control = "none: what was beside it may have died with it"};
}

CatalogueEntry process_stop_entry() {
  return {
      .name = "process-stop",
      .summary = "a daemon, the Manager or a VM's QEMU hangs",
      .parameters = target_parameters(),
      .mechanism =
          "SIGSTOP by the node's agent, through a process descriptor, so that no other "
          "process can be hit.",
      .proof =
          "The kernel says stopped twice, half a second apart, with no CPU time used in "
          "between. Control: another daemon of the host is the same process and runs, and the "
          "node answers to the network.",
      .undo =
          "SIGCONT to the same process. It is no longer stopped; or it died meanwhile and runs "
          "anew, which is said.",
      .limits =
          "A sanlock or wdmd that hangs too long makes the watchdog reset the host: healing "
          "waits until the host is back, or the watchdog can no longer fire (8 sanlock I/O "
          "timeouts, and 75 s). A hostd that hangs is killed and started anew by the Manager (soft "
          "fencing) as soon as its host is non responsive. The kernel still accepts TCP "
          "connections for a stopped process; they stay silent.",
      .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(auto target, read_target(reader));
        return std::make_unique<ProcessStop>(std::move(target));
      },
      .example = "node=host-a1 process=hostd"};
}

}  // namespace splitsite
