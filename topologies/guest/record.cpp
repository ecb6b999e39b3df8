// The layout of a block, little endian. Offset 0: checksum of everything behind it; then a magic
// number that also tells header from record, the fields, the VM's name, and the fill.
#include "topologies/guest/record.hpp"

#include <algorithm>
#include <cstring>

#include "topologies/guest/crc32c.hpp"

namespace splitsite::guest {

namespace {

constexpr std::uint32_t header_magic = 0x48545053;  // "SPTH"
constexpr std::uint32_t record_magic = 0x52545053;  // "SPTR"
constexpr std::size_t name_size = 64;

struct Layout {
  std::uint32_t crc;
  std::uint32_t magic;
  std::uint64_t boot;
  std::uint64_t writer;
  std::uint64_t seq;
  std::int64_t wall_ns;
  std::int64_t monotonic_ns;
  std::uint32_t previous_crc;
  std::uint32_t reserved;
  char vm[name_size];
};
static_assert(sizeof(Layout) == 120 && block_size % 8 == 0);

std::uint32_t checksum(const Block& block) {
  return crc32c(std::span(block).subspan(sizeof(Layout::crc)));
}

Block finish(Layout layout, const std::string& vm) {
  std::copy_n(vm.data(), std::min(vm.size(), name_size - 1), layout.vm);
  Block block{};
  // A different number in every 8 bytes of every block, so no sector looks like its old content.
  std::uint64_t fill = layout.writer ^ (layout.seq * 0x9e3779b97f4a7c15);
  for (std::size_t at = sizeof(Layout); at < block_size; at += sizeof fill) {
    fill = fill * 6364136223846793005 + 1442695040888963407;
    std::memcpy(&block[at], &fill, sizeof fill);
  }
  std::memcpy(block.data(), &layout, sizeof layout);
  layout.crc = checksum(block);
  std::memcpy(block.data(), &layout, sizeof layout);
  return block;
}

std::optional<Layout> open(const Block& block, std::uint32_t magic) {
  Layout layout{};
  std::memcpy(&layout, block.data(), sizeof layout);
  if (layout.magic != magic || layout.crc != checksum(block)) return std::nullopt;
  if (layout.vm[name_size - 1] != '\0') return std::nullopt;
  return layout;
}

}  // namespace

Block encode(const Header& header) {
  Layout layout{};
  layout.magic = header_magic;
  layout.boot = header.boot;
  layout.writer = header.writer;
  return finish(layout, header.vm);
}

Block encode(Record& record) {
  Layout layout{};
  layout.magic = record_magic;
  layout.boot = record.boot;
  layout.writer = record.writer;
  layout.seq = record.seq;
  layout.wall_ns = record.wall_ns;
  layout.monotonic_ns = record.monotonic_ns;
  layout.previous_crc = record.previous_crc;
  const Block block = finish(layout, record.vm);
  std::memcpy(&record.crc, block.data(), sizeof record.crc);
  return block;
}

std::optional<Header> decode_header(const Block& block) {
  const auto layout = open(block, header_magic);
  if (!layout) return std::nullopt;
  return Header{layout->vm, layout->boot, layout->writer};
}

std::optional<Record> decode_record(const Block& block) {
  const auto layout = open(block, record_magic);
  if (!layout) return std::nullopt;
  return Record{layout->vm,      layout->boot,         layout->writer,       layout->seq,
                layout->wall_ns, layout->monotonic_ns, layout->previous_crc, layout->crc};
}

bool is_blank(const Block& block) {
  return std::all_of(block.begin(), block.end(),
                     [](std::byte byte) { return byte == std::byte{}; });
}

}  // namespace splitsite::guest
