// The format of a block: what is written comes back, and anything less than the whole is refused.
#include "topologies/guest/record.hpp"

#include <cstring>

#include "scripts/testing/catch.hpp"
#include "topologies/guest/crc32c.hpp"

namespace splitsite::guest {
namespace {

Record sample() {
  return {.vm = "vm-1",
          .boot = 3,
          .writer = 77,
          .seq = 12,
          .wall_ns = 1'000,
          .monotonic_ns = 2'000,
          .previous_crc = 5};
}

TEST_CASE("crc32c gives the checksum the standard gives as its example") {
  const std::string text = "123456789";
  CHECK(crc32c(std::as_bytes(std::span(text))) == 0xe3069283);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("a record comes back as it was written") {
  Record written = sample();
  const auto read = decode_record(encode(written));
  REQUIRE(read);
  CHECK(read->vm == "vm-1");
  CHECK(read->boot == 3);
  CHECK(read->writer == 77);
  CHECK(read->seq == 12);
  CHECK(read->wall_ns == 1'000);
  CHECK(read->monotonic_ns == 2'000);
  CHECK(read->previous_crc == 5);
  CHECK(read->crc == written.crc);
  CHECK(written.crc != 0);
}

TEST_CASE("a header comes back, and is no record") {
  const Block block = encode(Header{"vm-1", 4, 99});
  const auto read = decode_header(block);
  REQUIRE(read);
  CHECK(read->vm == "vm-1");
  CHECK(read->boot == 4);
  CHECK(read->writer == 99);
  CHECK_FALSE(decode_record(block));
}

TEST_CASE("one flipped bit anywhere makes a block invalid") {
  Record record = sample();
  const Block good = encode(record);
  for (std::size_t at = 0; at < block_size; at += 61) {
    Block bad = good;
    bad[at] ^= std::byte{0x10};
    CHECK_FALSE(decode_record(bad));
  }
}

TEST_CASE("a block of which only some sectors were written is invalid") {
  Record before = sample();
  Record after = sample();
  after.seq = 13;
  const Block old_block = encode(before);
  const Block new_block = encode(after);
  for (std::size_t sectors = 1; sectors < block_size / 512; ++sectors) {
    Block torn = old_block;
    std::memcpy(torn.data(), new_block.data(), sectors * 512);
    CHECK_FALSE(decode_record(torn));
    Block onto_blank{};
    std::memcpy(onto_blank.data(), new_block.data(), sectors * 512);
    CHECK_FALSE(decode_record(onto_blank));
  }
}

TEST_CASE("a blank block is neither header nor record") {
  const Block block{};
  CHECK(is_blank(block));
  CHECK_FALSE(decode_header(block));
  CHECK_FALSE(decode_record(block));
}

TEST_CASE("a name that is too long is cut, and the block stays valid") {
  const auto read = decode_header(encode(Header{std::string(200, 'x'), 1, 1}));
  REQUIRE(read);
  CHECK(read->vm == std::string(63, 'x'));
}

}  // namespace
}  // namespace splitsite::guest
