// The scan must see every kind of damage it exists for: each case damages a healthy volume in one
// way and names what has to be reported.
#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/guest/record.hpp"

namespace splitsite::guest {
namespace {

using Places = std::vector<std::uint64_t>;

// A volume in memory, written the way a guest writes.
class Volume {
 public:
  explicit Volume(std::size_t blocks) : blocks_(blocks) {}

  // One incarnation: writes the header and `count` records from `from` on.
  void write(std::uint64_t boot, std::uint64_t writer, std::uint64_t from, std::uint64_t count) {
    blocks_[0] = encode(Header{"vm-1", boot, writer});
    std::uint32_t previous = 0;
    if (from > 1) previous = decode_record(blocks_[from - 1])->crc;
    for (std::uint64_t seq = from; seq < from + count; ++seq) {
      Record record{.vm = "vm-1", .boot = boot, .writer = writer, .seq = seq};
      record.previous_crc = previous;
      blocks_[seq] = encode(record);
      previous = record.crc;
    }
  }

  Block& at(std::size_t place) { return blocks_[place]; }

  ScanResult scan(const std::string& vm = "vm-1") const {
    const auto read = [this](std::uint64_t first, std::span<Block> into) {
      std::copy_n(blocks_.begin() + static_cast<std::ptrdiff_t>(first), into.size(), into.begin());
      return true;
    };
    return guest::scan(blocks_.size(), read, vm);
  }

 private:
  std::vector<Block> blocks_;
};

// 30 records of boot 1, then 20 of boot 2.
Volume healthy() {
  Volume volume(600);
  volume.write(1, 101, 1, 30);
  volume.write(2, 102, 31, 20);
  return volume;
}

TEST_CASE("scan: a healthy volume has nothing to report but its boots") {
  const auto found = healthy().scan();
  REQUIRE(found.header);
  CHECK(found.header->boot == 2);
  CHECK(found.records == 50);
  CHECK(found.last_seq == 50);
  CHECK(found.last_boot == 2);
  CHECK(found.bad.empty());
  CHECK(found.out_of_order.empty());
  CHECK_FALSE(found.unreadable);
  REQUIRE(found.boot_changes.size() == 2);
  CHECK(found.boot_changes[0].last_seq == 30);
  CHECK(found.boot_changes[1].first_seq == 31);
}

TEST_CASE("scan: a blank volume is empty, not bad") {
  const auto found = Volume(600).scan();
  CHECK_FALSE(found.header);
  CHECK(found.records == 0);
  CHECK(found.last_seq == 0);
  CHECK(found.bad.empty());
}

TEST_CASE("scan: a torn record in the middle is bad, its followers are not") {
  Volume volume = healthy();
  std::fill_n(volume.at(20).begin() + 2048, 2048, std::byte{});
  const auto found = volume.scan();
  CHECK(found.bad == Places{20});
  CHECK(found.records == 49);
  CHECK(found.last_seq == 50);
}

TEST_CASE("scan: a torn record at the end was never acknowledged and is not there") {
  Volume volume = healthy();
  std::fill_n(volume.at(50).begin() + 512, 512, std::byte{0xee});
  const auto found = volume.scan();
  CHECK(found.bad.empty());
  CHECK(found.last_seq == 49);
}

TEST_CASE("scan: a hole is bad in every place") {
  Volume volume = healthy();
  for (std::size_t place = 10; place < 13; ++place) volume.at(place) = Block{};
  CHECK(volume.scan().bad == Places{10, 11, 12});
}

TEST_CASE("scan: a record in another one's place is bad") {
  Volume volume = healthy();
  volume.at(40) = volume.at(39);
  CHECK(volume.scan().bad == Places{40});
}

TEST_CASE("scan: an older boot after a newer one is a second writer") {
  Volume volume = healthy();
  // Boot 1 was not dead: it goes on from where it was, over what boot 2 has written since.
  volume.write(1, 101, 45, 3);
  const auto found = volume.scan();
  CHECK(found.out_of_order == Places{45, 46, 47});
  CHECK(found.bad == Places{48});  // does not follow what is now before it
  REQUIRE(found.boot_changes.size() == 4);
  CHECK(found.boot_changes[2].boot == 1);
}

TEST_CASE("scan: two starts with the same boot count are told apart") {
  Volume volume = healthy();
  volume.write(2, 222, 41, 10);
  const auto found = volume.scan();
  CHECK(found.out_of_order.size() == 10);
  CHECK(found.out_of_order.front() == 41);
}

TEST_CASE("scan: a record that does not follow its predecessor is bad") {
  Volume volume = healthy();
  Record other{.vm = "vm-1", .boot = 1, .writer = 101, .seq = 15, .wall_ns = 1};
  volume.at(15) = encode(other);  // valid, but not what record 16 was written after
  CHECK(volume.scan().bad == Places{15, 16});
}

TEST_CASE("scan: another VM's records are bad") {
  Volume volume = healthy();
  const auto found = volume.scan("vm-2");
  CHECK(found.records == 0);
  CHECK(found.header->vm == "vm-1");
  CHECK(volume.scan("").records == 50);
}

TEST_CASE("scan: stops at what it cannot read and says where") {
  const Volume volume = healthy();
  const auto read = [](std::uint64_t first, std::span<Block>) { return first < 64; };
  const auto found = scan(600, read, "vm-1");
  REQUIRE(found.unreadable);
  CHECK(*found.unreadable == 64);
}

TEST_CASE("scan: a volume that is full to the last block is read to the last block") {
  Volume volume(101);
  volume.write(1, 7, 1, 100);
  CHECK(volume.scan().last_seq == 100);
}

}  // namespace
}  // namespace splitsite::guest
