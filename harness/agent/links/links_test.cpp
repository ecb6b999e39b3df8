#include "harness/agent/changes/dead_man.hpp"
#include "harness/agent/links/link_operations.hpp"
#include "harness/agent/testing.hpp"
#include "harness/lab/journal.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

TEST_CASE("A lease lapses once, when its time is over, unless it was renewed") {
  ManualClock clock;
  DeadMan dead_man(clock);
  dead_man.arm("s.a.b", 5s);
  dead_man.arm("s.b.a", 2s);
  CHECK(dead_man.next_lapse() == clock.now() + 2s);
  clock.advance(1s);
  CHECK(dead_man.renew({"s.a.b", "s.b.a", "s.a.w"}, 5s).size() == 2);
  clock.advance(4s);
  CHECK(dead_man.take_lapsed().empty());
  CHECK(dead_man.left("s.a.b") == 1s);
  clock.advance(1s);
  CHECK(dead_man.take_lapsed().size() == 2);
  CHECK(dead_man.take_lapsed().empty());
  CHECK_FALSE(dead_man.next_lapse());
}

TEST_CASE("A lease that has lapsed is not revived by a late renewal") {
  ManualClock clock;
  DeadMan dead_man(clock);
  dead_man.arm("s.a.b", 1s);
  clock.advance(1s);
  CHECK(dead_man.renew({"s.a.b"}, 10s).empty());
  CHECK(dead_man.take_lapsed() == std::vector<std::string>{"s.a.b"});
}

TEST_CASE("A disarmed device never lapses") {
  ManualClock clock;
  DeadMan dead_man(clock);
  dead_man.arm("s.a.b", 1s);
  dead_man.disarm("s.a.b");
  clock.advance(1h);
  CHECK(dead_man.take_lapsed().empty());
}

// Leaves in memory, which refuse a device on demand.
class FakeLeaves final : public Leaves {
 public:
  void prepare(const std::string& device) override { prepared.insert(device); }
  std::set<std::string> prepared;

  std::map<std::string, Impairment> set;
  bool refusing = false;

  Result<void> check(const Impairment& impairment) const override {
    if (impairment.loss_percent <= 100) return success();
    return Error{.kind = ErrorKind::Invalid, .attempted = "accept the", .subject = "loss"};
  }
  Result<State> read(const std::string& device) override { return State{set[device], 10'000, 3}; }
  Result<void> change(const std::string& device, const Impairment& impairment) override {
    if (refusing)
      return Error{.kind = ErrorKind::Unavailable, .attempted = "change", .why = "gone"};
    SPLITSITE_TRY_VOID(check(impairment));
    set[device] = impairment;
    return success();
  }
};

const Json both = {"s.a.b", "s.b.a"};

// One life of an agent; with a file of its own choice the next one can go on from there.
struct Node {
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  ManualClock clock;
  testing::Folder folder;
  Journal journal;
  FakeLeaves leaves;
  std::vector<Json> events;
  Json answered;
  EventLog log{[this](const Json& event) { events.push_back(event); }};
  Dispatcher dispatcher{[this](const std::string& line) { answered = Json::parse(line); }};
  LinkOperations links{*loop, clock, leaves, journal, log};

  Node() : Node(FakeLeaves{}, "") {}
  Node(const FakeLeaves& found, const std::string& file)
      : journal(std::move(
            Journal::open(file.empty() ? (folder.path / "links").string() : file).value())),
        leaves(found) {
    links.add_to(dispatcher);
    links.take_over();
  }
  Json ask(const std::string& op, const Json& arguments) {
    dispatcher.handle(Json{{"id", 1}, {"op", op}, {"args", arguments}}.dump());
    return answered;
  }
};

TEST_CASE("A link is set, read back, and says when the change came into force") {
  Node node;
  const auto set =
      node.ask("link.set",
               {{"device", "s.a.b"},
                {"state", {{"delay_ns", 3'500'000}, {"jitter_ns", 1000}, {"loss_percent", 1.5}}}});
  REQUIRE(set.contains("ok"));
  CHECK(set["ok"]["before_ns"] <= set["ok"]["after_ns"]);
  CHECK(node.leaves.set["s.a.b"] ==
        Impairment{.delay = 3500us, .jitter = 1us, .loss_percent = 1.5});
  const auto got = node.ask("link.get", {{"device", "s.a.b"}})["ok"];
  CHECK(got["state"]["delay_ns"] == 3'500'000);
  CHECK(got["state"]["loss_percent"] == 1.5);
  CHECK(got["lease_left_ms"].is_null());
}

TEST_CASE("A leased fault goes back to the baseline by itself, and says so") {
  Node node;
  node.ask("link.baseline", {{"device", "s.a.b"}, {"state", {{"delay_ns", 1'000'000}}}});
  CHECK(node.leaves.prepared == std::set<std::string>{"s.a.b"});
  node.ask("link.set",
           {{"device", "s.a.b"}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 2000}});
  CHECK(node.ask("link.get", {{"device", "s.a.b"}})["ok"]["lease_left_ms"] == 2000);
  node.clock.advance(1500ms);
  CHECK(node.ask("link.renew", {{"devices", both}, {"lease_ms", 2000}})["ok"]["renewed"] ==
        Json::array({"s.a.b"}));
  node.clock.advance(1999ms);
  node.links.lift_lapsed();
  CHECK(node.leaves.set["s.a.b"].loss_percent == 100);
  CHECK(node.events.empty());
  node.clock.advance(1ms);
  node.links.lift_lapsed();
  CHECK(node.leaves.set["s.a.b"] == Impairment{.delay = 1ms});
  REQUIRE(node.events.size() == 1);
  CHECK(node.events[0]["event"] == "deadman.lifted");
  CHECK(node.events[0]["device"] == "s.a.b");
}

TEST_CASE("A restarted agent takes back what its predecessor set, to the same baseline") {
  const testing::Folder folder;
  const std::string file = folder.path / "links";
  FakeLeaves kernel;
  {
    Node first(kernel, file);
    first.ask("link.baseline", {{"device", "s.a.b"}, {"state", {{"delay_ns", 9'000'000}}}});
    first.ask("link.baseline", {{"device", "s.a.b"}, {"state", {{"delay_ns", 1'000'000}}}});
    for (const char* device : {"s.a.b", "s.b.a"}) {
      first.ask("link.set",
                {{"device", device}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 2000}});
    }
    first.ask("link.set", {{"device", "s.b.a"}, {"state", {{"delay_ns", 7000}}}});
    kernel = first.leaves;
  }
  Node second(kernel, file);
  CHECK(second.ask("link.renew", {{"devices", both}, {"lease_ms", 2000}})["ok"]["renewed"] ==
        Json::array({"s.a.b"}));
  second.clock.advance(2s);
  second.links.lift_lapsed();
  CHECK(second.leaves.set["s.a.b"] == Impairment{.delay = 1ms});
  CHECK(second.leaves.set["s.b.a"] == Impairment{.delay = 7us});
  CHECK(second.events.back()["event"] == "deadman.lifted");
  Node third(second.leaves, file);
  CHECK(third.ask("link.renew", {{"devices", both}, {"lease_ms", 2000}})["ok"]["renewed"].empty());
}

TEST_CASE("Only the links that are named are renewed, and never one that is being taken back") {
  Node node;
  for (const char* device : {"s.a.b", "s.b.a"}) {
    node.ask("link.set",
             {{"device", device}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 1000}});
  }
  node.clock.advance(500ms);
  CHECK(node.ask("link.renew", {{"devices", {"s.b.a"}}, {"lease_ms", 1000}})["ok"]["renewed"] ==
        Json::array({"s.b.a"}));
  node.clock.advance(500ms);
  node.leaves.refusing = true;
  node.links.lift_lapsed();
  REQUIRE(node.events.size() == 1);
  CHECK(node.events[0]["device"] == "s.a.b");
  CHECK(node.ask("link.renew", {{"devices", both}, {"lease_ms", 60'000}})["ok"]["renewed"] ==
        Json::array({"s.b.a"}));
  node.leaves.refusing = false;
  node.clock.advance(200ms);
  node.links.lift_lapsed();
  CHECK(node.events.back()["event"] == "deadman.lifted");
}

const Json flapping = {{"cut", "drop"},
                       {"flapping", {{"period_ns", 2'000'000'000}, {"down_ns", 1'000'000'000}}}};

TEST_CASE("A flapping link goes on flapping when its agent is started anew") {
  const testing::Folder folder;
  const std::string file = folder.path / "links";
  {
    Node first(FakeLeaves{}, file);
    // Noted as one that does not flap at first; the other one flaps no more at last.
    first.ask("link.set",
              {{"device", "s.a.b"}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 2000}});
    REQUIRE(first.ask("link.set", {{"device", "s.a.b"}, {"state", flapping}, {"lease_ms", 2000}})
                .contains("ok"));
    first.ask("link.set", {{"device", "s.b.a"}, {"state", flapping}, {"lease_ms", 2000}});
    first.ask("link.set",
              {{"device", "s.b.a"}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 2000}});
  }
  Node second(FakeLeaves{}, file);  // whose kernel does whatever it did last
  REQUIRE(second.leaves.set["s.a.b"].flapping.has_value());
  CHECK(second.leaves.set["s.a.b"].flapping->period == 2s);
  CHECK_FALSE(second.leaves.set.contains("s.b.a"));
  CHECK(second.ask("link.renew", {{"devices", both}, {"lease_ms", 2000}})["ok"]["renewed"] == both);
  second.clock.advance(2s);
  second.links.lift_lapsed();
  CHECK(second.leaves.set["s.a.b"] == Impairment{});
  CHECK(second.journal.pending().value().empty());
}

TEST_CASE("A flapping that cannot be resumed is told, and lifted") {
  const testing::Folder folder;
  const std::string file = folder.path / "links";
  {
    Node first(FakeLeaves{}, file);
    first.ask("link.set", {{"device", "s.a.b"}, {"state", flapping}, {"lease_ms", 60'000}});
  }
  FakeLeaves kernel;
  kernel.refusing = true;
  Node second(kernel, file);
  REQUIRE(second.events.size() == 1);
  CHECK(second.events[0]["event"] == "deadman.failed");
  second.leaves.refusing = false;
  second.clock.advance(200ms);
  second.links.lift_lapsed();
  CHECK(second.events.back()["event"] == "deadman.lifted");
  CHECK(second.leaves.set["s.a.b"] == Impairment{});
}

TEST_CASE("A refused change leaves no lease behind for a later agent") {
  const testing::Folder folder;
  const std::string file = folder.path / "links";
  {
    Node first(FakeLeaves{}, file);
    first.leaves.refusing = true;
    CHECK(first
              .ask("link.set",
                   {{"device", "s.a.b"}, {"state", {{"loss_percent", 50}}}, {"lease_ms", 2000}})
              .contains("error"));
  }
  Node second(FakeLeaves{}, file);
  CHECK(second.ask("link.renew", {{"devices", both}, {"lease_ms", 2000}})["ok"]["renewed"].empty());
}

TEST_CASE("Setting a link without a lease ends the lease it had") {
  Node node;
  node.ask("link.set",
           {{"device", "s.a.b"}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 100}});
  node.ask("link.set", {{"device", "s.a.b"}, {"state", {{"delay_ns", 1000}}}});
  node.clock.advance(1h);
  node.links.lift_lapsed();
  CHECK(node.events.empty());
  CHECK(node.leaves.set["s.a.b"].delay == 1us);
}

TEST_CASE("A fault that cannot be lifted is tried again until it is, and told once") {
  Node node;
  node.ask("link.set",
           {{"device", "s.a.b"}, {"state", {{"loss_percent", 100}}}, {"lease_ms", 100}});
  node.clock.advance(100ms);
  node.leaves.refusing = true;
  node.links.lift_lapsed();
  node.clock.advance(200ms);
  node.links.lift_lapsed();
  REQUIRE(node.events.size() == 1);
  CHECK(node.events[0]["event"] == "deadman.failed");
  node.leaves.refusing = false;
  node.clock.advance(200ms);
  node.links.lift_lapsed();
  CHECK(node.events.back()["event"] == "deadman.lifted");
  CHECK(node.leaves.set["s.a.b"] == Impairment{});
}

TEST_CASE("What the kernel would refuse is refused, for a change and for a baseline alike") {
  Node node;
  CHECK(node.ask("link.set", {{"device", "d"},
                              {"state", {{"loss_percent", 120}}}})["error"]["subject"] == "loss");
  CHECK(node.ask("link.baseline", {{"device", "d"}, {"state", {{"loss_percent", 120}}}})
            .contains("error"));
  CHECK(node.ask("link.set",
                 {{"device", "d"}, {"state", Json::object()}, {"lease_ms", 5}})["error"]["why"] ==
        "\"lease_ms\" is 5, allowed are 100 to 3600000");
  CHECK(node.ask("link.set",
                 {{"device", "d"}, {"state", Json::object()}, {"delay", 5}})["error"]["why"] ==
        "\"delay\" is no argument of it");
  CHECK(node.leaves.set.empty());
}

}  // namespace
}  // namespace splitsite::agent
