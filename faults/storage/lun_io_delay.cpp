#include "faults/storage/lun_io_delay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The kernel's delay target counts in its own clock's ticks and may be one tick early.
constexpr Duration kTick = milliseconds(4);
// What an emulated node's disk may take more than before without anything being wrong.
constexpr Duration kNoise = milliseconds(40);

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

const char* word(LunIoDelay::Which which) {
  switch (which) {
    case LunIoDelay::Which::Reads:
      return "reads";
    case LunIoDelay::Which::Writes:
      return "writes";
    case LunIoDelay::Which::All:
      break;
  }
  return "all";
}

// Under a replica writes are tried on the replica itself: they wait for its disk. The block is
// written on both sides, and so it must be, or the copies would differ.
DiskTarget tried_by(DiskTarget target, LunIoDelay::Which which) {
  if (which != LunIoDelay::Which::Writes) return target;
  target.disk.op = DiskOp::Write;
  if (target.under_replica) {
    target.disk.path = "drbd0";
  } else {
    target.control.op = DiskOp::Write;
  }
  return target;
}

}  // namespace

LunIoDelay::LunIoDelay(DiskTarget target, Which which, Duration added)
    : DiskFault(tried_by(std::move(target), which)), which_(which), added_(added) {}

std::string LunIoDelay::describe() const {
  return fmt::format("delay of {:g} ms of {} on {}", ms(added_),
                     which_ == Which::All ? "all I/O" : word(which_), target().disk.words);
}

nlohmann::json LunIoDelay::parameters() const {
  auto all = DiskFault::parameters();
  all["what"] = word(which_);
  all["added_ms"] = ms(added_);
  return all;
}

Result<Plan> LunIoDelay::plan(const LabConfig&) const {
  return Plan{
      change("io.delay", {{"what", word(which_)},
                          {"delay_ms", std::chrono::duration_cast<milliseconds>(added_).count()}})};
}

Result<void> LunIoDelay::measure_before(const Bench& bench) {
  SPLITSITE_TRY_VOID(DiskFault::measure_before(bench));
  SPLITSITE_TRY(before_, disk_time(bench, target().disk));
  SPLITSITE_TRY(control_before_, disk_time(bench, target().control));
  if (before_ <= added_ / 2) return success();
  return Error{
      .kind = ErrorKind::Unavailable,
      .attempted = "tell the delay from what it takes anyway, on",
      .subject = target().disk.words,
      .why = fmt::format("the quickest of five took {:.1f} ms before the fault, {:g} ms are "
                         "to be added",
                         ms(before_), ms(added_)),
      .hint = fmt::format("ask for added={:.0f}ms or more", std::ceil(2 * ms(before_)))};
}

// One quick answer disproves a delay; slow ones are measured again, because load must not decide.
Result<std::string> LunIoDelay::takes(const Bench& bench, const Disk& disk, Duration least,
                                      Duration most) const {
  const std::string claim =
      fmt::format("{} takes {:.1f} to {:.1f} ms", disk.words, ms(least), ms(most));
  const Wait wait{.what = claim, .bound = seconds(30), .stop = bench.stop};
  bool too_quick = false;
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto took = disk_time(bench, disk);
    if (!took) return NotYet{took.error().message()};
    std::string text = fmt::format("{}: the quickest in {:.1f} ms", disk.words, ms(took.value()));
    too_quick = took.value() < least;
    if (too_quick || took.value() <= most) return text;
    return NotYet{text};
  });
  if (!seen) return not_proven(claim, seen.error().message());
  if (too_quick) return not_proven(claim, seen.value());
  return seen;
}

Result<Proof> LunIoDelay::prove(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} answers {:g} ms later", target().disk.words, ms(added_))};
  SPLITSITE_TRY(proof.measured, takes(bench, target().disk, added_ - kTick,
                                      before_ + added_ + std::max(kNoise, added_ / 2)));
  proof.measured = fmt::format("before: {:.1f} ms; {}", ms(before_), proof.measured);
  SPLITSITE_TRY(const DiskLook open, look_at(bench, target().disk, DiskFlow::Open, 3, seconds(12)));
  if (open.done == 0 || open.quickest < added_ - kTick) {
    return not_proven("an open flow is delayed too", splitsite::describe(open));
  }
  proof.measured += "; open flow: " + splitsite::describe(open);
  auto control = takes(bench, target().control, Duration::zero(),
                       control_before_ + std::min(kNoise, added_ - kTick));
  if (!control) return not_proven("the control is not affected", control.error().why);
  proof.control = control.value();
  return proof;
}

Result<std::string> LunIoDelay::also_healed(const Bench& bench, std::string& /*doubt*/) const {
  return takes(bench, target().disk, Duration::zero(), before_ + std::min(kNoise, added_ - kTick));
}

CatalogueEntry lun_io_delay_entry() {
  return {
      .name = "lun-io-delay",
      .summary = "slow I/O on the LUN, on one VM's volume, or on the disk under a replica",
      .parameters =
          with_disk_parameters({{.name = "added",
                                 .type = "duration",
                                 .meaning = "how much later each request is passed on",
                                 .otherwise = "",
                                 .allowed = "20 ms to 2 s, in whole milliseconds"},
                                {.name = "what",
                                 .type = "choice",
                                 .meaning = "which requests; writes alone not for one VM's volume",
                                 .otherwise = "all",
                                 .allowed = "all, reads, writes"}}),
      .mechanism =
          "The linear device mapper table of the disk is replaced in place by \"delay\"; "
          "requests in flight complete before.",
      .proof =
          "The quickest of five direct reads (or writes of a block that is nobody's) against "
          "the time measured before, through a new and an open descriptor; the same on another "
          "node takes no longer than before.",
      .undo =
          "The table read before is loaded again, which lets the delayed requests go at once. "
          "Proven by the times measured before.",
      .limits =
          "Precise to one tick of the node's kernel (4 ms). Under a replica every write of "
          "both sites is slowed, because each waits for both disks.",
      .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(auto target, read_disk_target(reader));
        SPLITSITE_TRY(const Duration added,
                      reader.whole_milliseconds("added", milliseconds(20), seconds(2)));
        SPLITSITE_TRY(const auto which, reader.choice_of<LunIoDelay::Which>(
                                            "what", {{"all", LunIoDelay::Which::All},
                                                     {"reads", LunIoDelay::Which::Reads},
                                                     {"writes", LunIoDelay::Which::Writes}}));
        if (which == LunIoDelay::Which::Writes && target.disk.from_the_start) {
          return reader.wrong("what", "cannot be proven on a volume that is a guest's to write");
        }
        return std::unique_ptr<Fault>(
            std::make_unique<LunIoDelay>(std::move(target), which, added));
      },
      .example = "node=host-b2 added=200ms"};
}

}  // namespace splitsite
