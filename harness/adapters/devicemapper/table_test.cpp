#include "harness/adapters/devicemapper/table.hpp"

#include <linux/dm-ioctl.h>

#include <cstring>

#include "harness/adapters/devicemapper/device_mapper.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::devicemapper {
namespace {

const Table two_parts{{0, 2048, "linear", "253:0 0"}, {2048, 4096, "delay", "253:1 0 200"}};

// The kernel's answer to that table: the same records, their "next" counted from the first one.
std::vector<std::byte> as_the_kernel_says(const Table& table) {
  std::vector<std::byte> bytes = to_load(table);
  std::size_t at = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    dm_target_spec spec{};
    std::memcpy(&spec, bytes.data() + at, sizeof spec);
    const std::size_t next = at + spec.next;
    spec.next = static_cast<std::uint32_t>(next);
    std::memcpy(bytes.data() + at, &spec, sizeof spec);
    at = next;
  }
  return bytes;
}

TEST_CASE("A table that was loaded is read back as it was") {
  const auto back = read_back(as_the_kernel_says(two_parts), 2);
  REQUIRE(back);
  CHECK(back.value() == two_parts);
  CHECK(describe(back.value()) == "0 2048 linear 253:0 0; 2048 4096 delay 253:1 0 200");
}

TEST_CASE("A target to load says how far it is to the next one, at a multiple of eight") {
  const auto bytes = to_load(two_parts);
  dm_target_spec first{};
  std::memcpy(&first, bytes.data(), sizeof first);
  CHECK(first.next == 48);  // 40 for the record, 8 for "253:0 0" and its end
  CHECK(std::string(first.target_type) == "linear");
  CHECK(bytes.size() % 8 == 0);
}

TEST_CASE("An answer that was cut off is refused, wherever it was cut") {
  const auto whole = as_the_kernel_says(two_parts);
  CHECK(read_back(whole, 3).has_error());
  for (std::size_t size = 0; size < sizeof(dm_target_spec) * 2 + 8 + 11; ++size) {
    CHECK(read_back(std::span(whole).first(size), 2).has_error());
  }
}

TEST_CASE("A table without targets is nothing") {
  CHECK(to_load({}).empty());
  CHECK(read_back({}, 0).value().empty());
  CHECK(describe(Table{}) == "");
  CHECK(describe(Table{{0, 8, "error", ""}}) == "0 8 error");
}

TEST_CASE("Without a device mapper there is a clear error") {
  const auto opened = DeviceMapper::open("/nowhere/control");
  REQUIRE(opened.has_error());
  CHECK(opened.error().message() ==
        "could not open the device mapper's control device /nowhere/control: No such file or "
        "directory");
}

}  // namespace
}  // namespace splitsite::devicemapper
