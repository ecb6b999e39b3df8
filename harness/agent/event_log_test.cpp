#include "harness/agent/event_log.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

TEST_CASE("Events are numbered, stamped and handed on as they happen") {
  std::vector<Json> seen;
  EventLog log([&](const Json& event) { seen.push_back(event); });
  log.emit("lease.held", {{"lease", "vm-1"}}, NodeTime(5));
  log.emit("lockspace", {{"joined", true}});
  REQUIRE(seen.size() == 2);
  CHECK(seen[0]["event"] == "lease.held");
  CHECK(seen[0]["lease"] == "vm-1");
  CHECK(seen[0]["seq"] == 1);
  CHECK(seen[0]["since_ns"] == 5);
  CHECK(seen[0]["at_ns"].get<std::int64_t>() > 0);
  CHECK_FALSE(seen[1].contains("since_ns"));
}

TEST_CASE("The latest 2000 are kept; what was lost can be told from what was kept") {
  EventLog log([](const Json&) {});
  for (int i = 0; i < 2500; ++i) log.emit("step", {{"text", i}});
  const auto replay = log.after(100);
  CHECK(replay.first_kept == 501);
  CHECK(replay.last == 2500);
  REQUIRE(replay.events.size() == 2000);
  CHECK(replay.events.front()["seq"] == 501);
  CHECK(log.after(2499).events.size() == 1);
  CHECK(log.after(2500).events.empty());
}

TEST_CASE("Bytes that are no UTF-8 cannot make an unreadable line") {
  CHECK(Json::accept(to_line(Json{{"text", "\xff bad"}})));
}

}  // namespace
}  // namespace splitsite::agent
