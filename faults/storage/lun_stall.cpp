#include "faults/storage/lun_stall.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

double s(Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

LunStall::LunStall(DiskTarget target, std::optional<Duration> length)
    : DiskFault(std::move(target)), length_(length) {}

std::string LunStall::describe() const {
  const std::string length = length_ ? fmt::format(" for {:g} s", s(*length_)) : "";
  return fmt::format("stall of {}{}", target().disk.words, length);
}

nlohmann::json LunStall::parameters() const {
  auto all = DiskFault::parameters();
  if (length_) all["for_ms"] = duration_cast<milliseconds>(*length_).count();
  return all;
}

Result<Plan> LunStall::plan(const LabConfig&) const {
  nlohmann::json arguments = nlohmann::json::object();
  if (length_) arguments["for_ms"] = duration_cast<milliseconds>(*length_).count();
  return Plan{change("io.stall", std::move(arguments))};
}

Result<Proof> LunStall::prove(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} neither answers nor fails", target().disk.words)};
  SPLITSITE_TRY(proof.measured, disk_is_silent(bench, target().disk));
  SPLITSITE_TRY(proof.control, control(bench));
  return proof;
}

// How long it was: a node that was booted anew meanwhile cannot say.
Result<std::string> LunStall::also_healed(const Bench& bench) const {
  SPLITSITE_TRY(const auto seen,
                bench.nodes.observe(target().disk.node, "io.stall", {{"device", target().device}}));
  if (!seen.contains("stalled_ms")) return std::string("the node was booted anew meanwhile");
  return fmt::format("it was stalled for {:.3f} s",
                     s(milliseconds(seen.at("stalled_ms").get<long>())));
}

CatalogueEntry lun_stall_entry() {
  return {.name = "lun-stall",
          .summary = "the LUN, one VM's volume, or the disk under a replica stops answering",
          .parameters = with_disk_parameters(
              {{.name = "for",
                .type = "duration",
                .meaning = "how long; it then ends by itself, unless it is healed before",
                .otherwise = "none",
                .allowed = "5 s to 1 h; left out: until healed"}}),
          .mechanism =
              "The device mapper suspends the disk: requests in flight complete, later ones "
              "wait in the kernel. A timer in the node ends it.",
          .proof =
              "A direct read is silent for a second, through an open descriptor and a new one; the "
              "same on another node works.",
          .undo =
              "The disk is resumed and the waiting requests are served. Proven by reads through "
              "both flows, and by both copies being up to date; the length is told.",
          .limits =
              "At a host sanlock cannot renew: after 8 x io_timeout its leases are lost and the "
              "watchdog resets the host, a legal end. Under a replica writes of both sites wait "
              "until DRBD drops the silent peer (21 s); the node may then lose the arbitration.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(auto target, read_disk_target(reader));
            std::optional<Duration> length;
            if (reader.given("for")) {
              SPLITSITE_TRY(length,
                            reader.duration("for", std::chrono::seconds(5), std::chrono::hours(1)));
            }
            return std::unique_ptr<Fault>(std::make_unique<LunStall>(std::move(target), length));
          },
          .example = "node=host-b2 for=8s"};
}

}  // namespace splitsite
