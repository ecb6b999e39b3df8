#include "faults/storage/replication_pause.hpp"

#include <fmt/format.h>

#include "faults/measure/replicas.hpp"
#include "faults/storage/replication_steps.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::seconds;

constexpr Duration kControlWithin = seconds(20);

// Both nodes see the pause, each from its side, or both see none.
Result<std::string> pause_is(const Bench& bench, const NodeId& node, const NodeId& peer,
                             bool wanted) {
  const std::string claim =
      fmt::format("the resync of {} is {}", node, wanted ? "held back" : "free");
  const Wait wait{.what = claim, .bound = seconds(20), .stop = bench.stop};
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto here = read_replica(bench, node);
    if (!here) return NotYet{here.error().message()};
    const auto there = read_replica(bench, peer);
    if (!there) return NotYet{there.error().message()};
    std::string text =
        fmt::format("{}: {}; {}: {}", node, describe(here.value()), peer, describe(there.value()));
    if (here.value().paused_here != wanted || there.value().paused_by_peer != wanted) {
      return NotYet{text};
    }
    return text;
  });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

}  // namespace

std::string ReplicationPause::describe() const {
  return fmt::format("resync held back by {}", node_);
}

Result<Plan> ReplicationPause::plan(const LabConfig&) const {
  return Plan{replica_step(node_, "replica.pause", "resync")};
}

Result<void> ReplicationPause::measure_before(const Bench& bench) {
  SPLITSITE_TRY_VOID(pause_is(bench, node_, peer_, false));
  SPLITSITE_TRY_VOID(disk_serves(bench, lun_of(host_), kControlWithin));
  return success();
}

Result<Proof> ReplicationPause::prove(const Bench& bench) const {
  Proof proof{.claim = fmt::format("no resync of {} runs", node_)};
  SPLITSITE_TRY(proof.measured, pause_is(bench, node_, peer_, true));
  SPLITSITE_TRY(proof.control, disk_serves(bench, lun_of(host_), kControlWithin));
  return proof;
}

Result<Proof> ReplicationPause::prove_healed(const Bench& bench) const {
  Proof proof{.claim = fmt::format("a resync of {} may run", node_)};
  SPLITSITE_TRY(proof.measured, pause_is(bench, node_, peer_, false));
  SPLITSITE_TRY(proof.control, disk_serves(bench, lun_of(host_), kControlWithin));
  return proof;
}

CatalogueEntry replication_pause_entry() {
  return {.name = "replication-pause",
          .summary = "a storage node holds back any resync",
          .parameters = {{.name = "node",
                          .type = "node",
                          .meaning = "the storage node that is told to",
                          .otherwise = "",
                          .allowed = "a storage node"}},
          .mechanism = "DRBD's pause-sync on that node. Writes are replicated as before.",
          .proof =
              "Both nodes report the pause, one as its own, the other as its peer's; reads of "
              "the LUN by a host, through an open descriptor and a new one, go on.",
          .undo = "DRBD's resume-sync. Proven by both nodes reporting no pause any more.",
          .limits =
              "Seen in the copies only where something is to be resynced: for that take "
              "replication-resync, which holds one back by itself. Not with an outage of the other "
              "node, which is healed only when both copies are whole again. A reboot of the node "
              "ends it. To cut or slow the replication use the link faults with link=replication.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const ReplicaParties parties, read_replica_parties(reader));
            return std::unique_ptr<Fault>(
                std::make_unique<ReplicationPause>(parties.node, parties.peer, parties.host));
          },
          .example = "node=sto-b"};
}

}  // namespace splitsite
