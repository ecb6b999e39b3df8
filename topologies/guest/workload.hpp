// One incarnation of the guest on its disk: counts its boot, finds where its predecessor stopped,
// and appends records from there. No clock, no network: those are main's.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/guest/datagram.hpp"
#include "topologies/guest/disk.hpp"
#include "topologies/guest/record.hpp"

namespace splitsite::guest {

struct Instant {
  std::int64_t wall_ns = 0;
  std::int64_t monotonic_ns = 0;
};

class Workload {
 public:
  // Reads header and records, then writes the header with the boot counter one above everything
  // found. Refused when the disk is another VM's. `writer` is a random number. The header is
  // durable on return. `disk` must outlive the workload.
  static Result<Workload> begin(Disk& disk, const std::string& vm, std::uint64_t writer);

  const StartReport& start() const { return start_; }

  // The next record has no place on the disk any more.
  bool full() const { return next_.seq >= disk_->blocks(); }

  struct Written {
    int error = 0;  // an errno: the record is not acknowledged, the next append() tries it again
    WriteReport report;
  };
  // Writes the next record; durable when error is 0. A record that failed is repeated with the same
  // content, because nobody knows whether it reached the disk. Not to be called when full.
  Written append(Instant now);

 private:
  Workload(Disk& disk, StartReport start, Record next);

  Disk* disk_;
  StartReport start_;
  Record next_;
  bool repeat_ = false;
};

}  // namespace splitsite::guest
