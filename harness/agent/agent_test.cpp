#include "harness/agent/agent.hpp"

#include <fstream>

#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using nlohmann::json;
using testing::Folder;
using testing::Reader;

// A whole agent without a node: its channel is a socket, its boot steps a file.
struct RunningAgent {
  Folder folder;
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  std::string socket = (folder.path / "agent.sock").string();
  std::string steps = (folder.path / "steps").string();
  std::unique_ptr<Agent> agent = std::move(Agent::start(*loop, {.node = "host-a1",
                                                                .channel = socket,
                                                                .steps_file = steps,
                                                                .journals = folder.path.string(),
                                                                .echo_port = 0})
                                               .value());

  void step(const std::string& line) { std::ofstream(steps, std::ios::app) << line << "\n"; }
};

TEST_CASE("The agent says who it is and keeps what happened before anybody asked") {
  RunningAgent running;
  running.step("1.50 modules");
  Reader reader(*running.loop, running.socket);
  const json hello = reader.ask({{"id", 1}, {"op", "hello"}})["ok"];
  CHECK(hello["node"] == "host-a1");
  CHECK(hello["protocol"] == 1);
  CHECK_FALSE(hello["boot_id"].get<std::string>().empty());
  const json events = reader.ask({{"id", 2}, {"op", "events.since"}, {"args", {{"seq", 0}}}})["ok"];
  REQUIRE(events["events"].size() >= 1);
  CHECK(events["events"][0]["event"] == "agent.start");
  CHECK(events["first_kept"] == events["events"][0]["seq"]);
  CHECK(events["last"] == hello["last_seq"]);
}

TEST_CASE("Steps of the boot become events as they are written, whole lines only") {
  RunningAgent running;
  Reader reader(*running.loop, running.socket);
  reader.ask({{"id", 1}, {"op", "ping"}});
  running.step("1.50 modules");
  CHECK(reader.event("step")["text"] == "modules");
  std::ofstream(running.steps, std::ios::app) << "2.00 rea";
  std::ofstream(running.steps, std::ios::app) << "dy\n";
  CHECK(reader.event("step")["text"] == "ready");
  const json steps = reader.ask({{"id", 2}, {"op", "steps"}})["ok"];
  CHECK(steps["lines"] == json::array({"1.50 modules", "2.00 ready"}));
  CHECK(steps["ready"] == true);
}

TEST_CASE("A reader that comes back asks for what it missed") {
  RunningAgent running;
  std::uint64_t seen = 0;
  {
    Reader first(*running.loop, running.socket);
    seen = first.ask({{"id", 1}, {"op", "hello"}})["ok"]["last_seq"];
  }
  running.step("1.50 modules");
  Reader second(*running.loop, running.socket);
  const json missed =
      second.ask({{"id", 1}, {"op", "events.since"}, {"args", {{"seq", seen}}}})["ok"];
  REQUIRE(missed["events"].size() == 1);
  CHECK(missed["events"][0]["text"] == "modules");
}

TEST_CASE("A restarted agent numbers its events above its predecessor's") {
  std::uint64_t before = 0;
  {
    RunningAgent first;
    first.step("1.50 modules");
    Reader reader(*first.loop, first.socket);
    before = reader.ask({{"id", 1}, {"op", "hello"}})["ok"]["last_seq"];
  }
  RunningAgent second;
  Reader reader(*second.loop, second.socket);
  const json news =
      reader.ask({{"id", 1}, {"op", "events.since"}, {"args", {{"seq", before}}}})["ok"];
  REQUIRE_FALSE(news["events"].empty());
  CHECK(news["events"][0]["event"] == "agent.start");
}

TEST_CASE("Nonsense is answered, and the agent goes on") {
  RunningAgent running;
  Reader reader(*running.loop, running.socket);
  reader.write("\x01\x02 nonsense\n");
  CHECK(reader.await([](const json& object) { return object.contains("error"); })["error"]["why"] ==
        "it is not JSON");
  CHECK(reader.ask({{"id", 3}, {"op", "ping"}}).contains("ok"));
  CHECK(reader.ask(
            {{"id", 4},
             {"op", "link.set"},
             {"args", {{"device", "no-such-dev"}, {"state", json::object()}}}})["error"]["kind"] ==
        "unavailable");
}

}  // namespace
}  // namespace splitsite::agent
