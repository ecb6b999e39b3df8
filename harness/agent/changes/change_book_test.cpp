#include "harness/agent/changes/change_book.hpp"

#include "harness/agent/testing.hpp"
#include "harness/lab/journal.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

// What the changes of a test do their work on: outlives agents, as a node does.
struct Lamp {
  bool on = true;
  bool stuck = false;        // cannot be switched back on
  bool apply_fails = false;  // half way: after it was switched off
  std::vector<std::string> calls;
};

class LampOff final : public Change {
 public:
  LampOff(Lamp& lamp, bool outlives) : lamp_(lamp), outlives_(outlives) {}

  Result<Json> prepare(const Json& arguments) override {
    Arguments given("lamp.off", arguments);
    SPLITSITE_TRY(const auto colour, given.text("colour"));
    SPLITSITE_TRY_VOID(given.nothing_else());
    lamp_.calls.push_back("prepare");
    return Json{{"colour", colour}, {"was_on", lamp_.on}};
  }
  Result<Json> apply(const Json&, Json& remembered) override {
    lamp_.calls.push_back("apply");
    lamp_.on = false;
    if (lamp_.apply_fails) return Error{.kind = ErrorKind::Refused, .attempted = "dim", .why = "x"};
    remembered["child"] = 77;
    return Json{{"dark", true}};
  }
  Result<void> revert(const Json& remembered) override {
    lamp_.calls.push_back("revert " + std::to_string(remembered.value("child", 0)));
    if (lamp_.stuck) return Error{.kind = ErrorKind::Unavailable, .attempted = "light"};
    lamp_.on = remembered["was_on"];
    return success();
  }
  Result<Json> observe(const Json&) override { return Json{{"on", lamp_.on}}; }
  bool outlives_agent() const override { return outlives_; }

 private:
  Lamp& lamp_;
  bool outlives_;
};

// One life of an agent over the node's lamp and journal file.
struct Life {
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  ManualClock clock;
  Journal journal;
  std::vector<Json> events;
  Json answered;
  EventLog log{[this](const Json& event) { events.push_back(event); }};
  Dispatcher dispatcher{[this](const std::string& line) { answered = Json::parse(line); }};
  ChangeBook book{*loop, clock, journal, log};

  Life(Lamp& lamp, const std::string& file, bool outlives = true)
      : journal(std::move(Journal::open(file).value())) {
    book.add("lamp.off", std::make_unique<LampOff>(lamp, outlives));
    book.add_to(dispatcher);
    book.take_over();
  }
  Json ask(const std::string& op, const Json& arguments) {
    dispatcher.handle(Json{{"id", 1}, {"op", op}, {"args", arguments}}.dump());
    return answered;
  }
  Json renew(const std::string& id, int lease_ms = 2000) {
    return ask("change.renew", {{"changes", {id}}, {"lease_ms", lease_ms}});
  }
  Json apply(const std::string& id = "f1.0", int lease_ms = 2000) {
    return ask("change.apply", {{"change", id},
                                {"kind", "lamp.off"},
                                {"arguments", {{"colour", "red"}}},
                                {"lease_ms", lease_ms}});
  }
};

struct Node {
  testing::Folder folder;
  std::string file = folder.path / "changes";
  Lamp lamp;
};

TEST_CASE("A change is made and taken back by its name, and says when it came into force") {
  Node node;
  Life life(node.lamp, node.file);
  const auto applied = life.apply();
  REQUIRE(applied.contains("ok"));
  CHECK(applied["ok"]["dark"] == true);
  CHECK(applied["ok"]["before_ns"] <= applied["ok"]["after_ns"]);
  CHECK_FALSE(node.lamp.on);
  CHECK(life.ask("change.observe", {{"kind", "lamp.off"}, {"arguments", Json::object()}})["ok"] ==
        Json{{"on", false}});
  const auto listed = life.ask("change.list", Json::object())["ok"]["changes"];
  REQUIRE(listed.size() == 1);
  CHECK(listed[0] == Json{{"change", "f1.0"},
                          {"kind", "lamp.off"},
                          {"arguments", {{"colour", "red"}}},
                          {"lease_left_ms", 2000}});
  CHECK(life.ask("change.revert", {{"change", "f1.0"}})["ok"]["was_in_force"] == true);
  CHECK(node.lamp.on);
  CHECK(life.ask("change.revert", {{"change", "f1.0"}})["ok"]["was_in_force"] == false);
  CHECK(life.journal.pending().value().empty());
  CHECK(node.lamp.calls == std::vector<std::string>{"prepare", "apply", "revert 77"});
}

TEST_CASE("A change that nobody renews is taken back, and an event says so") {
  Node node;
  Life life(node.lamp, node.file);
  life.apply();
  life.clock.advance(1500ms);
  CHECK(life.renew("f1.0")["ok"]["renewed"] == Json::array({"f1.0"}));
  life.clock.advance(1999ms);
  life.book.lift_lapsed();
  CHECK_FALSE(node.lamp.on);
  life.clock.advance(1ms);
  life.book.lift_lapsed();
  CHECK(node.lamp.on);
  REQUIRE(life.events.size() == 1);
  CHECK(life.events[0]["event"] == "deadman.lifted");
  CHECK(life.events[0]["change"] == "f1.0");
  CHECK(life.events[0]["kind"] == "lamp.off");
  CHECK(life.renew("f1.0")["ok"]["renewed"].empty());
}

TEST_CASE("Only the changes that are named are renewed, and those not in force are left out") {
  Node node;
  Life life(node.lamp, node.file);
  life.apply("f1.0");
  life.apply("f2.0");
  life.clock.advance(1s);
  CHECK(life.ask("change.renew", {{"changes", {"f2.0", "f9.0"}},
                                  {"lease_ms", 2000}})["ok"]["renewed"] == Json::array({"f2.0"}));
  life.clock.advance(1s);
  life.book.lift_lapsed();
  REQUIRE(life.events.size() == 1);
  CHECK(life.events[0]["change"] == "f1.0");
  CHECK(life.ask("change.renew", {{"lease_ms", 2000}}).contains("error"));
  CHECK(life.ask("change.renew", {{"changes", {""}}, {"lease_ms", 2000}}).contains("error"));
}

TEST_CASE("A restarted agent goes on with its predecessor's leases and lifts what nobody renews") {
  Node node;
  { Life(node.lamp, node.file).apply(); }
  Life second(node.lamp, node.file);
  CHECK_FALSE(node.lamp.on);
  CHECK(second.events.empty());
  CHECK(second.renew("f1.0", 3000)["ok"]["renewed"].size() == 1);
  second.clock.advance(3s);
  second.book.lift_lapsed();
  CHECK(node.lamp.on);
  CHECK(node.lamp.calls.back() == "revert 77");
  CHECK(second.events.back()["event"] == "deadman.lifted");
  Life third(node.lamp, node.file);
  CHECK(third.ask("change.list", Json::object())["ok"]["changes"].empty());
}

TEST_CASE("A restarted agent's harness still takes a change back by its name") {
  Node node;
  { Life(node.lamp, node.file).apply(); }
  Life second(node.lamp, node.file);
  CHECK(second.ask("change.revert", {{"change", "f1.0"}})["ok"]["was_in_force"] == true);
  CHECK(node.lamp.on);
}

TEST_CASE("What ended with its agent is taken back by the next one at once") {
  Node node;
  { Life(node.lamp, node.file, /*outlives=*/false).apply(); }
  Life second(node.lamp, node.file, /*outlives=*/false);
  CHECK(node.lamp.on);
  REQUIRE(second.events.size() == 1);
  CHECK(second.events[0]["why"] == "the agent was started anew");
}

TEST_CASE("An agent that died between writing down and making it leaves nothing behind") {
  Node node;
  {
    Journal journal = std::move(Journal::open(node.file).value());
    // As prepare() returned it, and once more as apply() had it: both entries are still there.
    for (const Json& remembered : {Json{{"was_on", true}}, Json{{"was_on", true}, {"child", 5}}}) {
      REQUIRE(journal.write(Json{
          {"change", "f2"},
          {"kind", "lamp.off"},
          {"arguments", Json::object()},
          {"remembered", remembered},
          {"lease_ms", 500}}.dump()));
    }
  }
  node.lamp.on = false;
  Life life(node.lamp, node.file);
  life.clock.advance(500ms);
  life.book.lift_lapsed();
  CHECK(node.lamp.on);
  CHECK(node.lamp.calls == std::vector<std::string>{"revert 5"});
  CHECK(life.journal.pending().value().empty());
}

TEST_CASE("A change made by half is taken back before the error is told") {
  Node node;
  Life life(node.lamp, node.file);
  node.lamp.apply_fails = true;
  CHECK(life.apply()["error"]["attempted"] == "dim");
  CHECK(node.lamp.on);
  CHECK(life.ask("change.list", Json::object())["ok"]["changes"].empty());
  CHECK(life.journal.pending().value().empty());
}

TEST_CASE("A change that cannot be taken back is tried again until it is, and told once") {
  Node node;
  Life life(node.lamp, node.file);
  life.apply("f1.0", 100);
  node.lamp.stuck = true;
  life.clock.advance(100ms);
  life.book.lift_lapsed();
  // A harness that still renews must not keep alive what is already being taken back.
  CHECK(life.renew("f1.0", 60'000)["ok"]["renewed"].empty());
  life.clock.advance(200ms);
  life.book.lift_lapsed();
  REQUIRE(life.events.size() == 1);
  CHECK(life.events[0]["event"] == "deadman.failed");
  node.lamp.stuck = false;
  life.clock.advance(200ms);
  life.book.lift_lapsed();
  CHECK(node.lamp.on);
  CHECK(life.events.back()["event"] == "deadman.lifted");
}

TEST_CASE("A refused request touches nothing and says why") {
  Node node;
  Life life(node.lamp, node.file);
  const auto unknown = life.ask(
      "change.apply",
      {{"change", "f"}, {"kind", "lamp.on"}, {"arguments", Json::object()}, {"lease_ms", 2000}});
  CHECK(unknown["error"]["kind"] == to_string(ErrorKind::Unavailable));
  CHECK(unknown["error"]["hint"] == "there are lamp.off");
  const auto wrong = life.ask("change.apply", {{"change", "f"},
                                               {"kind", "lamp.off"},
                                               {"arguments", {{"color", "red"}}},
                                               {"lease_ms", 2000}});
  CHECK(wrong["error"]["why"] == "\"colour\" is missing");
  CHECK(life.apply("f", 5)["error"]["why"] == "\"lease_ms\" is 5, allowed are 100 to 3600000");
  CHECK(node.lamp.calls.empty());
  life.apply("f");
  CHECK(life.apply("f")["error"]["kind"] == to_string(ErrorKind::Conflict));
  CHECK(node.lamp.calls == std::vector<std::string>{"prepare", "apply"});
}

}  // namespace
}  // namespace splitsite::agent
