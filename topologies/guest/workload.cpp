#include "topologies/guest/workload.hpp"

#include <algorithm>
#include <cstring>

namespace splitsite::guest {

namespace {

Error failed(std::string attempted, const std::string& vm, std::string why) {
  return {.kind = ErrorKind::Unavailable,
          .attempted = std::move(attempted),
          .subject = vm,
          .why = std::move(why)};
}

}  // namespace

Result<Workload> Workload::begin(Disk& disk, const std::string& vm, std::uint64_t writer) {
  const auto read = [&disk](std::uint64_t first, std::span<Block> into) {
    return disk.read(first, into);
  };
  const ScanResult found = scan(disk.blocks(), read, vm);
  if (found.unreadable) {
    return failed("read the disk of", vm,
                  "block " + std::to_string(*found.unreadable) + ": " + std::strerror(errno));
  }
  if (found.header && found.header->vm != vm) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "start on the disk of",
                 .subject = vm,
                 .why = "it belongs to " + found.header->vm};
  }
  // A header that was torn by a crash must not let the counter go back.
  std::uint64_t newest = found.header ? found.header->boot : 0;
  for (const BootRun& run : found.boot_changes) newest = std::max(newest, run.boot);

  const Header header{vm, newest + 1, writer};
  if (const int error = disk.write(0, encode(header)); error != 0) {
    return failed("count the boot of", vm, std::strerror(error));
  }
  const Record next{.vm = vm,
                    .boot = header.boot,
                    .writer = writer,
                    .seq = found.last_seq + 1,
                    .previous_crc = found.last_crc};
  return Workload(disk, {vm, header.boot, found.last_seq, found.last_boot}, next);
}

Workload::Workload(Disk& disk, StartReport start, Record next)
    : disk_(&disk), start_(std::move(start)), next_(std::move(next)) {}

Workload::Written Workload::append(Instant now) {
  if (!repeat_) {
    next_.wall_ns = now.wall_ns;
    next_.monotonic_ns = now.monotonic_ns;
  }
  const Block block = encode(next_);
  const WriteReport report{next_.vm, next_.boot, next_.seq, next_.crc};
  const int error = disk_->write(next_.seq, block);
  repeat_ = error != 0;
  if (error == 0) {
    next_.previous_crc = next_.crc;
    ++next_.seq;
  }
  return {error, report};
}

}  // namespace splitsite::guest
