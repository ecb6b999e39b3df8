#include "faults/storage/lun_stall.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// A quarter of what the lengths worth asking for lie apart: 79, 80 and 81 s.
constexpr Duration kOff = milliseconds(250);

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

// How long it was, and whether that is what was asked. A node that was booted anew meanwhile cannot
// say; its I/O ended with it, and one that is healed early stood still for as long as it did.
Result<std::string> LunStall::also_healed(const Bench& bench, std::string& doubt) const {
  SPLITSITE_TRY(const auto seen,
                bench.nodes.observe(target().disk.node, "io.stall", {{"device", target().device}}));
  if (!seen.contains("stalled_ms")) return std::string("the node was booted anew meanwhile");
  const milliseconds least(seen.at("stalled_ms").get<long>());
  const milliseconds most(seen.value("stalled_most_ms", seen.at("stalled_ms").get<long>()));
  const bool by_itself = seen.value("by_itself", false);
  std::string text = fmt::format("it was stalled for {:.3f} to {:.3f} s", s(least), s(most));
  if (!length_) return text;
  if (!by_itself && least < *length_) {
    return text + fmt::format(", healed before its {:g} s were over", s(*length_));
  }
  text += by_itself ? ", ended by its node" : ", ended by the heal";
  // Both ends of what was measured must be what was asked, give or take.
  if (!by_itself || most < *length_ || least < *length_ - kOff || most > *length_ + kOff) {
    doubt = fmt::format("asked to stall for {:g} s, and {}", s(*length_), text);
  }
  return text;
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
              "both flows, and by both copies being up to date. A length other than the one asked, "
              "by more "
              "than 0.25 s, leaves the fault not proven.",
          .limits =
              "At a host sanlock cannot renew: after 8 x io_timeout its leases are lost and the "
              "watchdog resets the host, a legal end. Under a replica writes of both sites wait "
              "until DRBD drops the silent peer (21 s); the node may then lose the arbitration.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(auto target, read_disk_target(reader));
            std::optional<Duration> length;
            if (reader.given("for")) {
              SPLITSITE_TRY(length, reader.whole_milliseconds("for", std::chrono::seconds(5),
                                                              std::chrono::hours(1)));
            }
            return std::unique_ptr<Fault>(std::make_unique<LunStall>(std::move(target), length));
          },
          .example = "node=host-b2 for=8s"};
}

}  // namespace splitsite
