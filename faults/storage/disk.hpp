// A disk as one node of the lab sees it, and what reading or writing one block of it tells: through
// a descriptor that is open since before the fault and through one opened now, because a program
// that is running and one that starts need not meet the same.
#pragma once

#include <string>

#include "harness/fault/fault.hpp"

namespace splitsite {

enum class DiskOp { Read, Write };

struct Disk {
  NodeId node;
  std::string path;          // under /dev: "mapper/splitsite-lun", "sda"
  std::string words;         // "the LUN at host-a1"
  DiskOp op = DiskOp::Read;  // what is tried
  // Where a block may be read. Writing, and reading unless this is set, uses the one block of the
  // LUN that is nobody's.
  bool from_the_start = false;
};

enum class DiskFlow { New, Open };

struct DiskLook {
  int done = 0;
  int failed = 0;
  bool silent = false;  // the last one, for `silent_for`
  Duration silent_for{};
  Duration quickest{};  // of those done
  std::string why;      // of the last failure
};

std::string describe(const DiskLook& look);  // "5 done, the quickest in 1.2 ms"

// Tries `count` times, one after the other, `bound` for all. The Open flow is opened by the first
// look through it. An error means that nothing could be tried: the node does not answer, or it has
// no such disk.
Result<DiskLook> look_at(const Bench& bench, const Disk& disk, DiskFlow flow, int count,
                         Duration bound);

// Each returns what was measured through both flows, as a sentence for the proof.

// Waits up to `bound`, because a busy moment, or a boot, must not decide.
Result<std::string> disk_serves(const Bench& bench, const Disk& disk, Duration bound);
Result<std::string> disk_fails(const Bench& bench, const Disk& disk);
// For a second each.
Result<std::string> disk_is_silent(const Bench& bench, const Disk& disk);

// The quickest of a few: load only ever adds to what a disk takes.
Result<Duration> disk_time(const Bench& bench, const Disk& disk);

}  // namespace splitsite
