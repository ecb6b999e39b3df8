#include "faults/storage/replication_resync.hpp"

#include <fmt/format.h>

#include "faults/measure/replicas.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::seconds;

constexpr Duration kControlWithin = seconds(20);

double s(Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

std::string ReplicationResync::describe() const {
  if (outage_ == Duration::zero()) {
    return fmt::format("the whole copy of {} to be resynchronised", parties_.node);
  }
  return fmt::format("the copy of {} behind by {:g} s", parties_.node, s(outage_));
}

nlohmann::json ReplicationResync::parameters() const {
  return {{"node", parties_.node.str()},
          {"extent", outage_ == Duration::zero() ? "full" : "partial"},
          {"outage_s", s(outage_)}};
}

// The resync is held back first, so that it cannot be over before anybody has seen it. Undone last,
// when the disk is surely there.
Result<Plan> ReplicationResync::plan(const LabConfig&) const {
  const NodeId& node = parties_.node;
  if (outage_ == Duration::zero()) {
    return Plan{replica_step(node, "replica.pause", "resync"),
                replica_step(node, "replica.outdate", "replica")};
  }
  return Plan{replica_step(node, "replica.pause", "resync"),
              replica_step(node, "replica.detach", "replica"), Hold{.applying = outage_},
              replica_step(node, "replica.attach", "disk of the replica")};
}

Result<void> ReplicationResync::measure_before(const Bench& bench) {
  SPLITSITE_TRY_VOID(replicas_are_whole(bench, kControlWithin));
  SPLITSITE_TRY_VOID(disk_serves(bench, lun_of(parties_.host), kControlWithin));
  return success();
}

Result<Proof> ReplicationResync::prove(const Bench& bench) const {
  Proof proof{.claim = fmt::format("the copy of {} is behind and stays so", parties_.node)};
  const Wait wait{.what = proof.claim, .bound = seconds(30), .stop = bench.stop};
  auto behind = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto here = read_replica(bench, parties_.node);
    if (!here) return NotYet{here.error().message()};
    const auto there = read_replica(bench, parties_.peer);
    if (!there) return NotYet{there.error().message()};
    const Replica& copy = here.value();
    std::string text = fmt::format("{}: {}; {}: {}", parties_.node, splitsite::describe(copy),
                                   parties_.peer, splitsite::describe(there.value()));
    if (copy.connection != "PausedSyncT" || copy.disk != "Inconsistent" || copy.behind_kib == 0 ||
        there.value().disk != "UpToDate" || !there.value().paused_by_peer) {
      return NotYet{text};
    }
    return text;
  });
  if (!behind) return not_proven(proof.claim, behind.error().message());
  proof.measured = behind.value();
  SPLITSITE_TRY(proof.control, disk_serves(bench, lun_of(parties_.host), kControlWithin));
  return proof;
}

Result<Proof> ReplicationResync::prove_healed(const Bench& bench) const {
  Proof proof{.claim = fmt::format("the resync of {} is complete", parties_.node)};
  SPLITSITE_TRY(proof.measured, replicas_are_whole(bench, kWholeWithin));
  SPLITSITE_TRY(proof.control, disk_serves(bench, lun_of(parties_.host), kControlWithin));
  return proof;
}

CatalogueEntry replication_resync_entry() {
  return {
      .name = "replication-resync",
      .summary = "one copy is behind after an outage of its disk, and its resync does not get on",
      .parameters = {{.name = "node",
                      .type = "node",
                      .meaning = "the storage node whose copy is behind",
                      .otherwise = "",
                      .allowed = "a storage node"},
                     {.name = "extent",
                      .type = "choice",
                      .meaning = "what was written during the outage, or everything",
                      .otherwise = "partial",
                      .allowed = "partial, full"},
                     {.name = "outage",
                      .type = "duration",
                      .meaning = "how long the disk is away; partial only",
                      .otherwise = "3s",
                      .allowed = "1 s to 5 min"}},
      .mechanism =
          "The node's resync is paused; its disk is detached from DRBD for the outage and "
          "attached again, or its whole copy is invalidated. Writes go on, to the peer.",
      .proof =
          "The node reports PausedSyncT, Inconsistent and how much differs, its peer UpToDate; "
          "reads of the LUN by a host of the peer's site go on.",
      .undo =
          "The pause is lifted; the resync runs as fast as the link allows. Proven by both "
          "copies being up to date.",
      .limits =
          "While it lasts only the peer's copy is good: losing the peer's site then means an "
          "outage, which is the point. A partial resync needs a VM that writes.",
      .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(auto parties, read_replica_parties(reader));
        SPLITSITE_TRY(const bool full,
                      reader.choice_of<bool>("extent", {{"partial", false}, {"full", true}}));
        SPLITSITE_TRY(const Duration outage,
                      reader.duration("outage", seconds(1), std::chrono::minutes(5)));
        if (full && reader.given("outage")) return reader.wrong("outage", "goes with partial only");
        return std::unique_ptr<Fault>(std::make_unique<ReplicationResync>(
            std::move(parties), full ? Duration::zero() : outage));
      },
      .example = "node=sto-b"};
}

}  // namespace splitsite
