// Probes of disks and paths: answers in time whatever the device does, and writing nowhere but to
// the block that is nobody's. A pipe without a writer stands for a disk that is silent.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "harness/agent/disks/io_probe.hpp"
#include "harness/agent/disks/storage_paths.hpp"
#include "harness/agent/disks/testing_layers.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Bed {
  testing::Folder folder;
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  // Direct I/O is the block devices' own; the files of a test may lie anywhere.
  IoProbe probe{*loop, {.devices = folder.path.string() + "/", .scratch = 4096, .direct = false}};

  void make_disk(const std::string& name, std::size_t size) {
    std::ofstream(folder.path / name) << std::string(size, 'x');
  }
  Json ask(const Json& arguments) {
    std::optional<Result<Json>> answer;
    probe.observe_later(arguments, [&](Result<Json> got) { answer = std::move(got); });
    REQUIRE(testing::run_until(*loop, [&] { return answer.has_value(); }));
    if (!answer->has_value()) return Json{{"error", answer->error().message()}};
    return answer->value();
  }
  std::string content(const std::string& name) {
    std::ifstream file(folder.path / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

Json asked(const std::string& device, const std::string& op, const std::string& flow) {
  return {{"device", device}, {"op", op}, {"flow", flow}, {"count", 3}, {"bound_ms", 1500}};
}

TEST_CASE("A disk that answers is read as often as asked, through either flow") {
  Bed bed;
  bed.make_disk("disk", 3 * 4096);
  for (const char* flow : {"new", "open"}) {
    const Json seen = bed.ask(asked("disk", "read", flow));
    REQUIRE(seen["attempts"].size() == 3);
    for (const Json& attempt : seen["attempts"]) CHECK(attempt["outcome"] == "done");
  }
}

TEST_CASE("The open flow stays the one that was opened first") {
  Bed bed;
  bed.make_disk("disk", 3 * 4096);
  const Json before = bed.ask(asked("disk", "read", "open"));
  fs::remove(bed.folder.path / "disk");
  const Json open = bed.ask(asked("disk", "read", "open"));
  CHECK(open["attempts"][0]["outcome"] == "done");
  CHECK(open["open_since_ns"] == before["open_since_ns"]);
  const Json fresh = bed.ask(asked("disk", "read", "new"));
  CHECK(fresh["attempts"][0]["outcome"] == "failed");
  CHECK(fresh["attempts"][0]["why"] == "No such file or directory");
}

TEST_CASE("Silence is answered in time, and the agent works on") {
  Bed bed;
  REQUIRE(::mkfifo((bed.folder.path / "silent").c_str(), 0600) == 0);
  Json question = asked("silent", "read", "new");
  question["bound_ms"] = 100;
  const Json seen = bed.ask(question);
  REQUIRE(seen["attempts"].size() == 1);
  CHECK(seen["attempts"][0]["outcome"] == "silent");
  CHECK(seen["attempts"][0]["took_us"] >= 100'000);
  bed.make_disk("disk", 3 * 4096);
  CHECK(bed.ask(asked("disk", "read", "new"))["attempts"][2]["outcome"] == "done");
}

TEST_CASE("A disk that ends too early fails") {
  Bed bed;
  bed.make_disk("disk", 5000);
  const Json seen = bed.ask(asked("disk", "read", "new"));
  CHECK(seen["attempts"][0]["outcome"] == "failed");
}

TEST_CASE("Only the block that is nobody's is ever written") {
  Bed bed;
  bed.make_disk("disk", 3 * 4096);
  CHECK(bed.ask(asked("disk", "write", "new"))["attempts"][0]["outcome"] == "done");
  const std::string content = bed.content("disk");
  CHECK(content == std::string(4096, 'x') + std::string(4096, '\0') + std::string(4096, 'x'));
  Json elsewhere = asked("disk", "write", "new");
  elsewhere["offset"] = 0;
  CHECK(bed.ask(elsewhere).contains("error"));
  CHECK(bed.content("disk") == content);
  CHECK(bed.ask(asked("../disk", "read", "new")).contains("error"));
}

TEST_CASE("Without a block that is nobody's there is no writing at all") {
  StorageConfig storage{.leases = {{"SDM", 1 << 20}}, .volumes = {{VmId("v"), 4 << 20, 1 << 20}}};
  CHECK(scratch_offset(storage) == (4 << 20) - 4096);
  storage.leases.push_back({"vm", 3 << 20});  // reaches up to the volume
  CHECK_FALSE(scratch_offset(storage));
  CHECK_FALSE(scratch_offset({}));

  Bed bed;
  IoProbe reading(*bed.loop, {.devices = bed.folder.path.string() + "/", .direct = false});
  bed.make_disk("disk", 4096);
  bool refused = false;
  reading.observe_later(asked("disk", "write", "new"),
                        [&](const Result<Json>& got) { refused = got.has_error(); });
  CHECK(refused);
}

TEST_CASE("What is only observed cannot be applied") {
  Bed bed;
  Json remembered;
  CHECK(bed.probe.prepare(Json::object()).error().kind == ErrorKind::Invalid);
  CHECK(bed.probe.apply(Json::object(), remembered).has_error());
}

// The folders of one session as the kernel makes them.
void make_session(const fs::path& sys, const std::string& number, const std::string& portal,
                  const std::string& state, const std::string& disk, const std::string& dev) {
  const auto write = [](const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  };
  const fs::path session = sys / "class/iscsi_session" / ("session" + number);
  write(session / "state", state);
  write(sys / "class/iscsi_connection" / ("connection" + number + ":0") / "persistent_address",
        portal);
  if (disk.empty()) return;
  const std::string unit = number + ":0:0:0";
  write(session / "device" / ("target" + number + ":0:0") / unit / "block" / disk / "dev", dev);
}

TEST_CASE("Each session has its portal, its disk, and multipath's word on it") {
  testing::Folder folder;
  make_session(folder.path, "1", "10.77.0.19", "LOGGED_IN", "sda", "8:0");
  make_session(folder.path, "2", "10.77.0.29", "FAILED", "sdb", "8:16");
  make_session(folder.path, "3", "10.77.0.39", "FREE", "", "");
  testing::FakeLayers layers;
  layers.tables["splitsite-paths"] = {
      {0, 786432, "multipath", "2 0 0 0 2 1 A 0 1 2 8:0 A 0 0 1 E 0 1 2 8:16 F 1 0 1 "}};
  StoragePaths paths(layers, folder.path.string());
  const auto seen = paths.observe(Json::object());
  REQUIRE(seen.has_value());
  CHECK(seen.value()["paths"] == Json::parse(R"([
    {"portal": "10.77.0.19", "session": "LOGGED_IN", "device": "sda", "multipath": "active"},
    {"portal": "10.77.0.29", "session": "FAILED", "device": "sdb", "multipath": "failed"},
    {"portal": "10.77.0.39", "session": "FREE", "device": "", "multipath": "failed"}])"));
  layers.tables.clear();
  CHECK(paths.observe(Json::object()).has_error());
}

TEST_CASE("A portal nobody listens at refuses, and bad addresses are named") {
  auto loop = std::move(EventLoop::create().value());
  StoragePortal portal(*loop);
  std::optional<Result<Json>> answer;
  const auto keep = [&](Result<Json> got) { answer = std::move(got); };
  portal.observe_later({{"address", "127.0.0.1"}, {"port", 1}, {"bound_ms", 1000}}, keep);
  REQUIRE(testing::run_until(*loop, [&] { return answer.has_value(); }));
  CHECK(answer->value()["outcome"] == "refused");
  portal.observe_later({{"address", "sto-a"}, {"bound_ms", 1000}}, keep);
  CHECK_THAT(answer->error().message(), Catch::Contains("it is no IPv4 address"));
}

}  // namespace
}  // namespace splitsite::agent
