#include "harness/agent/storage/storage_part.hpp"

#include <fstream>

#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

TEST_CASE("A change of the replicas' state is told once, with the look before it") {
  const testing::Folder folder;
  const std::string file = (folder.path / "drbd").string();
  const auto write = [&](const std::string& state) {
    std::ofstream(file) << "version: 8.4.11 (api:1/proto:86-101)\n 0: " << state << "\n";
  };
  auto loop = std::move(EventLoop::create().value());
  std::vector<Json> events;
  EventLog log([&](const Json& event) { events.push_back(event); });
  StoragePart storage(*loop, file, log);
  REQUIRE(events.size() == 1);
  CHECK(events[0]["connection"] == "Unconfigured");
  write("cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----");
  REQUIRE(testing::run_until(*loop, [&] { return events.size() == 2; }));
  CHECK(events[1]["peer_disk"] == "UpToDate");
  CHECK(events[1]["since_ns"] < events[1]["at_ns"]);
  storage.look();
  CHECK(events.size() == 2);
  write("cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s-----");
  storage.look();
  CHECK(events.back()["suspended"] == true);
}

}  // namespace
}  // namespace splitsite::agent
