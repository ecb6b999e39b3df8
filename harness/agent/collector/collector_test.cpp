#include "harness/agent/collector/collector.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>

#include "harness/agent/collector/arbitration.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;
using testing::run_until;

TEST_CASE("Consecutive acknowledgements become one range, with the times of its ends") {
  AckMerger acks;
  for (std::uint64_t seq = 5; seq <= 9; ++seq) {
    CHECK(acks.add("vm-1", 2, seq, NodeTime(seq * 10)).empty());
  }
  const auto ranges = acks.take_all();
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].boot == 2);
  CHECK(ranges[0].from == 5);
  CHECK(ranges[0].to == 9);
  CHECK(ranges[0].first == 50ns);
  CHECK(ranges[0].last == 90ns);
  CHECK(acks.empty());
}

TEST_CASE("A number that was not heard is in no range") {
  AckMerger acks;
  acks.add("vm-1", 1, 5, 1ns);
  acks.add("vm-1", 1, 6, 2ns);
  const auto closed = acks.add("vm-1", 1, 8, 3ns);
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].to == 6);
  const auto late = acks.add("vm-1", 1, 7, 4ns);  // overtaken on the way
  REQUIRE(late.size() == 1);
  CHECK(late[0].from == 8);
  CHECK(acks.take("vm-1")[0].from == 7);
}

TEST_CASE("What is heard twice is one acknowledgement; another boot or VM is another range") {
  AckMerger acks;
  acks.add("vm-1", 1, 5, 1ns);
  CHECK(acks.add("vm-1", 1, 5, 2ns).empty());
  CHECK(acks.add("vm-2", 1, 6, 3ns).empty());
  const auto closed = acks.add("vm-1", 2, 6, 4ns);
  REQUIRE(closed.size() == 1);
  CHECK(closed[0].boot == 1);
  CHECK(closed[0].to == 5);
  CHECK(acks.take_all().size() == 2);
}

// A collector on a free port of the loopback and a guest that talks to it.
struct Site {
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  std::vector<Json> events;
  EventLog log{[this](const Json& event) { events.push_back(event); }};
  std::unique_ptr<Collector> collector = std::move(Collector::listen(*loop, 0, log).value());
  UniqueFd guest{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};

  Site() {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(collector->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(guest.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  void say(const std::string& text) { ::send(guest.get(), text.data(), text.size(), 0); }
  bool until_told(std::size_t count) {
    return run_until(*loop, [&] { return events.size() >= count; });
  }
};

TEST_CASE("A guest's start is answered each time it is said and told once") {
  Site site;
  const guest::StartReport start{"vm-1", 3, 120, 2};
  site.say(guest::to_json(start));
  site.say(guest::to_json(start));
  site.say(guest::to_json(guest::StartReport{"vm-1", 4, 130, 3}));
  REQUIRE(site.until_told(2));
  CHECK(site.events[0]["event"] == "guest.start");
  CHECK(site.events[0]["boot"] == 3);
  CHECK(site.events[0]["found_seq"] == 120);
  CHECK(site.events[1]["boot"] == 4);
  char answer[16];
  int answers = 0;
  while (::recv(site.guest.get(), answer, sizeof answer, 0) > 0) ++answers;
  CHECK(answers == 3);
}

TEST_CASE("Acknowledgements are told together after a while, and before what came after them") {
  Site site;
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    site.say(guest::to_json(guest::WriteReport{"vm-1", 1, seq, 7}));
  }
  REQUIRE(site.until_told(1));
  CHECK(site.events[0]["event"] == "guest.ack");
  CHECK(site.events[0]["from"] == 1);
  CHECK(site.events[0]["to"] == 3);
  CHECK(site.events[0]["since_ns"] <= site.events[0]["last_ns"]);
  site.say(guest::to_json(guest::WriteReport{"vm-1", 1, 4, 7}));
  site.say(guest::to_json(guest::ErrorReport{"vm-1", 1, "EIO"}));
  site.say(guest::to_json(guest::ErrorReport{"vm-1", 1, "EIO"}));
  REQUIRE(site.until_told(3));
  CHECK(site.events[1]["to"] == 4);
  CHECK(site.events[2]["event"] == "guest.error");
  CHECK(site.events[2]["error"] == "EIO");
  run_until(*site.loop, [&] { return site.events.size() > 3; });
  CHECK(site.events.size() == 3);
}

TEST_CASE("What no guest would say is ignored") {
  Site site;
  site.say("hello");
  site.say("{\"vm\":\"vm-1\"}");
  site.say(guest::to_json(guest::StartReport{"vm-1", 1, 0, 0}));
  REQUIRE(site.until_told(1));
  CHECK(site.events[0]["event"] == "guest.start");
}

TEST_CASE("Each of the witness's decisions is told once, those from before we looked as well") {
  const testing::Folder folder;
  const auto file = folder.path / "witness.json";
  const auto decisions = [&](int count) {
    Json list = Json::array();
    for (int n = 1; n <= count; ++n) {
      list.push_back({{"number", n},
                      {"op", n == 3 ? "release" : "fence"},
                      {"resource", "r0"},
                      {"node", n == 2 ? "sto-a" : "sto-b"},
                      {"peer", "x"},
                      {"granted", n != 2},
                      {"generation", n},
                      {"at_ns", n}});
    }
    std::ofstream(folder.path / "next") << Json{{"decisions", list}};
    std::filesystem::rename(folder.path / "next", file);
  };
  decisions(1);
  auto loop = std::move(EventLoop::create().value());
  std::vector<Json> events;
  EventLog log([&](const Json& event) { events.push_back(event); });
  const ArbitrationWatch watch(*loop, file.string(), log);
  REQUIRE(events.size() == 1);
  CHECK(events[0]["event"] == "arbitration");
  CHECK(events[0]["granted"] == true);
  decisions(3);
  REQUIRE(run_until(*loop, [&] { return events.size() >= 3; }));
  CHECK(events[1]["granted"] == false);
  CHECK(events[1]["node"] == "sto-a");
  CHECK(events[2]["event"] == "arbitration.released");
}

}  // namespace
}  // namespace splitsite::agent
