// What a guest leaves on its disk: block 0 is a header that counts the guest's boots, block n is
// record n. Shared by the guest, which writes it, and by whoever reads a volume afterwards.
//
// The rule that makes it evidence: a record is written once, in order, by the one incarnation that
// is allowed to; each names the checksum of the one before. A second writer, a lost write, a torn
// write and a volume that went back in time each break something that scan() reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace splitsite::guest {

inline constexpr std::size_t block_size = 4096;
using Block = std::array<std::byte, block_size>;

struct Header {
  std::string vm;            // at most 63 bytes
  std::uint64_t boot = 0;    // how often the guest has started from this disk, from 1
  std::uint64_t writer = 0;  // random, drawn at each start: tells two starts with the same count
};

struct Record {
  std::string vm;
  std::uint64_t boot = 0;
  std::uint64_t writer = 0;
  std::uint64_t seq = 0;           // from 1; also the block it is in
  std::int64_t wall_ns = 0;        // CLOCK_REALTIME when it was made
  std::int64_t monotonic_ns = 0;   // CLOCK_MONOTONIC of that boot
  std::uint32_t previous_crc = 0;  // of record seq - 1; 0 in record 1
  std::uint32_t crc = 0;           // of the whole block; set by encode and decode_record
};

// The block to write. The space behind the fields is filled from the content, so that a block of
// which only some sectors were written has a wrong checksum.
Block encode(const Header& header);
Block encode(Record& record);

// Nothing when the block is not one: blank, torn, of another format.
std::optional<Header> decode_header(const Block& block);
std::optional<Record> decode_record(const Block& block);
bool is_blank(const Block& block);

// Reads consecutive blocks from block `first` on; false when the volume cannot be read there.
using BlockReader = std::function<bool(std::uint64_t first, std::span<Block> into)>;

// Records first_seq … last_seq are valid and of one incarnation (bad ones may lie between).
struct BootRun {
  std::uint64_t boot = 0;
  std::uint64_t writer = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
};

struct ScanResult {
  std::optional<Header> header;  // nothing: block 0 is blank or broken
  std::uint64_t records = 0;     // valid ones
  std::uint64_t last_seq = 0;    // of the last valid one; 0 when there is none
  std::uint64_t last_boot = 0;   // the boot that wrote it
  std::uint32_t last_crc = 0;
  // Places up to last_seq that hold no valid record of this VM (torn, blank, of another place), and
  // valid records that do not follow the one before them.
  std::vector<std::uint64_t> bad;
  std::vector<BootRun> boot_changes;  // in the order of seq
  // Records of an incarnation that had already been followed by a newer one, or that shares its
  // boot count with another: a second writer.
  std::vector<std::uint64_t> out_of_order;
  std::optional<std::uint64_t> unreadable;  // the first block of a read that failed
};

// Scans a volume of `blocks` blocks. Stops after `give_up_after` places in a row without a valid
// record, or at the first block it cannot read. `vm` names the expected owner; records of another
// VM are bad ones. With an empty `vm` the header's name, or the first record's, is expected.
inline constexpr std::uint64_t give_up_after = 256;
ScanResult scan(std::uint64_t blocks, const BlockReader& read, const std::string& vm = {});

}  // namespace splitsite::guest
