#include "faults/storage/lun_io_error.hpp"

#include <fmt/format.h>

#include "faults/measure/replicas.hpp"

namespace splitsite {
namespace {

DiskTarget tried_by(DiskTarget target, DiskOp op) {
  target.disk.op = op;
  target.control.op = op;
  return target;
}

}  // namespace

LunIoError::LunIoError(DiskTarget target, bool only_writes)
    : DiskFault(tried_by(std::move(target), only_writes ? DiskOp::Write : DiskOp::Read)),
      only_writes_(only_writes) {}

std::string LunIoError::describe() const {
  return fmt::format("I/O errors on {}{}", only_writes_ ? "writes to " : "", target().disk.words);
}

nlohmann::json LunIoError::parameters() const {
  auto all = DiskFault::parameters();
  all["what"] = only_writes_ ? "writes" : "all";
  return all;
}

// The replica is mended last, when its disk is good again: plans are undone in reverse.
Result<Plan> LunIoError::plan(const LabConfig&) const {
  Plan plan;
  if (target().under_replica) {
    plan.push_back(InNode{.node = target().disk.node,
                          .kind = "replica.attach",
                          .arguments = nlohmann::json::object(),
                          .resource = "replica"});
  }
  plan.push_back(change("io.error", {{"what", only_writes_ ? "writes" : "all"}}));
  return plan;
}

Result<Proof> LunIoError::prove(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} fails", target().disk.words)};
  SPLITSITE_TRY(proof.measured, disk_fails(bench, target().disk));
  if (only_writes_) {
    Disk reading = target().disk;
    reading.op = DiskOp::Read;
    SPLITSITE_TRY(const std::string reads, disk_serves(bench, reading, std::chrono::seconds(5)));
    proof.measured += "; reading: " + reads;
  }
  if (target().under_replica) {
    SPLITSITE_TRY(const Replica replica, read_replica(bench, target().disk.node));
    proof.measured += "; the replica: " + splitsite::describe(replica);
  }
  SPLITSITE_TRY(proof.control, control(bench));
  return proof;
}

CatalogueEntry lun_io_error_entry() {
  return {
      .name = "lun-io-error",
      .summary = "I/O errors on the LUN, on one VM's volume, or on the disk under a replica",
      .parameters = with_disk_parameters({{.name = "what",
                                           .type = "choice",
                                           .meaning = "which requests fail; writes alone only for "
                                                      "the LUN at a host",
                                           .otherwise = "all",
                                           .allowed = "all, writes"}}),
      .mechanism =
          "The linear device mapper table of the disk is replaced in place by \"error\", or "
          "by \"flakey\" with error_writes; requests in flight complete before.",
      .proof =
          "Direct reads, or writes to a block that is nobody's, fail with an I/O error through "
          "an open descriptor and a new one; the same on another node works.",
      .undo =
          "The table read before is loaded again; a replica that dropped its disk is attached. "
          "Proven by I/O through both flows and by both copies being up to date.",
      .limits =
          "Under a replica DRBD detaches the disk at the first error and serves from the peer, "
          "so hosts see nothing but slower I/O. At a host sanlock loses its leases.",
      .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(auto target, read_disk_target(reader));
        SPLITSITE_TRY(const std::string what, reader.choice("what", {"all", "writes"}));
        const bool only_writes = what == "writes";
        if (only_writes && target.device != "splitsite-lun") {
          return reader.wrong("what",
                              "needs the whole LUN at a host, where a block can be written");
        }
        return std::unique_ptr<Fault>(std::make_unique<LunIoError>(std::move(target), only_writes));
      },
      .example = "node=host-b2 vm=vm-1"};
}

}  // namespace splitsite
