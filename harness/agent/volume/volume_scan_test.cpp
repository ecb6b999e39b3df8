#include "harness/agent/volume/volume_scan.hpp"

#include <fstream>

#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

constexpr std::uint64_t volume_offset = 1024 * 1024;

// A disk image with a volume in the middle that holds `count` records of one boot of vm-1.
std::string image_with(const testing::Folder& folder, std::uint64_t count, std::uint64_t torn = 0) {
  const std::string path = (folder.path / "disk.img").string();
  std::ofstream file(path, std::ios::binary);
  const auto put = [&](std::uint64_t block, guest::Block bytes) {
    if (block == torn && torn != 0) bytes[2000] ^= std::byte{1};
    file.seekp(static_cast<std::streamoff>(volume_offset + block * guest::block_size));
    file.write(reinterpret_cast<const char*>(bytes.data()), guest::block_size);
  };
  put(0, guest::encode(guest::Header{.vm = "vm-1", .boot = 1, .writer = 9}));
  std::uint32_t previous = 0;
  for (std::uint64_t seq = 1; seq <= count; ++seq) {
    guest::Record record{
        .vm = "vm-1", .boot = 1, .writer = 9, .seq = seq, .previous_crc = previous};
    put(seq, guest::encode(record));
    previous = record.crc;
  }
  put(1023, guest::Block{});  // the volume's end
  return path;
}

const VolumeConfig volume{.vm = VmId{"vm-1"}, .offset = volume_offset, .size = 4 * 1024 * 1024};

TEST_CASE("A volume is scanned where it lies in the device") {
  const testing::Folder folder;
  const auto scan = scan_volume(image_with(folder, 150), volume);
  REQUIRE(scan);
  const auto report = to_json("vm-1", scan.value());
  CHECK(report["header_boot"] == 1);
  CHECK(report["records"] == 150);
  CHECK(report["last_seq"] == 150);
  CHECK(report["bad"].empty());
  CHECK(report["unreadable"].is_null());
  REQUIRE(report["boot_changes"].size() == 1);
  CHECK(report["boot_changes"][0]["last_seq"] == 150);
}

TEST_CASE("A torn record is found") {
  const testing::Folder folder;
  const auto scan = scan_volume(image_with(folder, 150, 70), volume);
  REQUIRE(scan);
  CHECK(to_json("vm-1", scan.value())["bad"][0] == 70);
}

TEST_CASE("A device that is not there, and a VM nobody knows, are errors") {
  CHECK(scan_volume("/no/such/device", volume).error().kind == ErrorKind::Unavailable);
  auto loop = std::move(EventLoop::create().value());
  nlohmann::json answered;
  Dispatcher dispatcher([&](const std::string& line) { answered = nlohmann::json::parse(line); });
  add_volume_scan(dispatcher, *loop, "/no/such/device", {volume});
  dispatcher.handle(R"({"id":1,"op":"volume.scan","args":{"vm":"vm-7"}})");
  CHECK(answered["error"]["why"] == "the lab has no such VM");
  answered = nullptr;
  dispatcher.handle(R"({"id":2,"op":"volume.scan","args":{"vm":"vm-1"}})");
  testing::run_until(*loop, [&] { return !answered.is_null(); });
  CHECK(answered["error"]["kind"] == "unavailable");
}

}  // namespace
}  // namespace splitsite::agent
