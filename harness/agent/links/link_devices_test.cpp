#include "harness/agent/links/link_devices.hpp"

#include "harness/adapters/netlink/netem_shape.hpp"
#include "harness/agent/links/link_rules.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

// A kernel in memory. Like the real one it does not tell the shape of a jitter.
class FakeKernel final : public LinkKernel {
 public:
  std::map<std::string, Impairment> leaves{{"s.a.b", {}}, {"s.b.a", {}}};
  std::map<std::string, std::vector<netlink::RuleSeen>> tables;
  int changes = 0;
  int refuse_change = 0;  // the n-th from now on

  Result<netlink::NetemLeaf> read_leaf(const std::string& device) override {
    if (!leaves.contains(device)) return missing();
    netlink::NetemLeaf leaf{.impairment = leaves.at(device), .limit = 10'000, .dropped = 3};
    leaf.impairment.shape = DelayShape::Uniform;
    return leaf;
  }
  Result<void> change_leaf(const std::string& device, const Impairment& leaf) override {
    SPLITSITE_TRY_VOID(count());
    if (!leaves.contains(device)) return missing();
    leaves.at(device) = leaf;
    return success();
  }
  Result<std::vector<netlink::RuleSeen>> read_rules(const std::string& table) override {
    std::vector<netlink::RuleSeen> seen = tables[table];
    if (seen.empty()) return seen;
    for (const auto& rule : refusing_chain().rules) seen.push_back({"refuse", describe(rule), 2});
    return seen;
  }
  Result<void> prepare_rules(const std::string&) override { return success(); }
  Result<void> put_rules(const std::string& table,
                         const std::vector<netlink::PacketRule>& rules) override {
    SPLITSITE_TRY_VOID(count());
    tables.erase(table);
    for (const auto& rule : rules) tables[table].push_back({"prerouting", describe(rule), 8});
    return success();
  }
  Result<std::vector<std::string>> rule_tables() override {
    std::vector<std::string> names;
    for (const auto& [name, rules] : tables) names.push_back(name);
    return names;
  }

 private:
  static Error missing() { return Error{.kind = ErrorKind::Unavailable, .attempted = "find"}; }
  Result<void> count() {
    ++changes;
    if (refuse_change > 0 && --refuse_change == 0) {
      return Error{.kind = ErrorKind::Refused, .attempted = "change"};
    }
    return success();
  }
};

struct Wan {
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  ManualClock clock;
  FakeKernel kernel;
  std::vector<Json> events;
  EventLog log{[this](const Json& event) { events.push_back(event); }};
  std::optional<LinkDevices> devices;

  Wan() { start_agent(); }
  void start_agent() { devices.emplace(*loop, clock, kernel, log); }
  Impairment read(const std::string& device) { return devices->read(device).value().impairment; }
};

const std::string table = "splitsite-link-s.a.b";

TEST_CASE("Whatever is asked of a direction is read back as asked") {
  Wan wan;
  const std::vector<Impairment> asked = {
      {.delay = 5ms, .jitter = 1ms, .shape = DelayShape::Pareto},
      {.delay = 5ms, .cut = Cut::Drop},
      {.cut = Cut::Reject},
      {.longest_packet = 1400},
      {.loss_percent = 1, .cut = Cut::Reject, .longest_packet = 1400},
      {.cut = Cut::Reject, .flapping = Flapping{1s, 200ms}},
      {}};
  for (const Impairment& impairment : asked) {
    INFO(describe(impairment));
    REQUIRE(wan.devices->change("s.a.b", impairment));
    CHECK(wan.read("s.a.b") == impairment);
    CHECK(wan.read("s.b.a") == Impairment{});
  }
  CHECK(wan.kernel.tables.empty());  // as it was before
}

TEST_CASE("A link that somebody else changed is read as it is, not as it was asked") {
  Wan wan;
  REQUIRE(wan.devices->change("s.a.b", {.cut = Cut::Drop}));
  wan.kernel.leaves["s.a.b"] = {.delay = 2ms};
  CHECK(wan.read("s.a.b") == Impairment{.delay = 2ms});
  REQUIRE(wan.devices->change("s.a.b", {.cut = Cut::Reject}));
  wan.kernel.tables.clear();
  CHECK(wan.read("s.a.b") == Impairment{});
}

TEST_CASE("A direction without faults costs one change of its leaf") {
  Wan wan;
  REQUIRE(wan.devices->change("s.a.b", {.cut = Cut::Drop}));
  CHECK(wan.kernel.changes == 1);
}

TEST_CASE("What a rule has stopped counts as dropped, what it let pass does not") {
  Wan wan;
  REQUIRE(wan.devices->change("s.a.b", {.cut = Cut::Reject}));
  CHECK(wan.devices->read("s.a.b").value().dropped == 3 + 2 + 2 + 2);
}

TEST_CASE("A refused change leaves the direction as it was, whichever step was refused") {
  const Impairment before{.delay = 1ms, .longest_packet = 1400};
  for (int step = 1; step <= 2; ++step) {
    Wan wan;
    REQUIRE(wan.devices->change("s.a.b", before));
    wan.kernel.refuse_change = step;
    CHECK_FALSE(wan.devices->change("s.a.b", {.cut = Cut::Reject}));
    CHECK(wan.read("s.a.b") == before);
    Wan fresh;
    fresh.kernel.refuse_change = step;
    CHECK_FALSE(fresh.devices->change("s.a.b", {.cut = Cut::Reject}));
    CHECK(fresh.kernel.tables.empty());
    CHECK(fresh.read("s.a.b") == Impairment{});
  }
}

TEST_CASE("Nothing is touched by what cannot be") {
  Wan wan;
  CHECK_FALSE(wan.devices->change("s.a.b", {.loss_percent = 120}));
  CHECK_FALSE(wan.devices->change("eth0", {.cut = Cut::Reject}));
  CHECK_FALSE(wan.devices->change("s.a.b", {.flapping = Flapping{1s, 2s}}));
  CHECK(wan.kernel.changes == 0);
}

TEST_CASE("A flapping direction is down first, keeps its rhythm, and stops when it is cleared") {
  for (const Cut how : {Cut::None, Cut::Drop, Cut::Reject}) {
    Wan wan;
    const auto is_down = [&] {
      return wan.kernel.leaves["s.a.b"].loss_percent == 100 || wan.kernel.tables.contains(table);
    };
    const Impairment flapping{.delay = 1ms, .cut = how, .flapping = Flapping{100ms, 30ms}};
    REQUIRE(wan.devices->change("s.a.b", flapping));
    CHECK(is_down());
    for (int period = 0; period < 3; ++period) {
      wan.clock.advance(31ms);  // a little late, which must not add up
      wan.devices->turn();
      CHECK_FALSE(is_down());
      CHECK(wan.read("s.a.b") == flapping);
      wan.clock.advance(69ms);
      wan.devices->turn();
      CHECK(is_down());
      CHECK(wan.read("s.a.b") == flapping);
    }
    REQUIRE(wan.devices->change("s.a.b", {}));
    wan.clock.advance(1s);
    const int before = wan.kernel.changes;
    wan.devices->turn();
    CHECK(wan.kernel.changes == before);
    CHECK_FALSE(is_down());
  }
}

TEST_CASE("A flapping direction that the kernel refuses is told once and shown as it is") {
  Wan wan;
  REQUIRE(wan.devices->change("s.a.b", {.flapping = Flapping{100ms, 30ms}}));
  wan.clock.advance(30ms);
  wan.kernel.refuse_change = 1;
  wan.devices->turn();
  wan.kernel.refuse_change = 1;
  wan.devices->turn();
  REQUIRE(wan.events.size() == 1);
  CHECK(wan.events[0]["event"] == "link.stuck");
  wan.devices->turn();
  CHECK(wan.kernel.leaves["s.a.b"].loss_percent == 0);
}

TEST_CASE("An agent started anew finds its predecessor's rules and takes them away") {
  Wan wan;
  REQUIRE(wan.devices->change("s.a.b", {.cut = Cut::Reject, .longest_packet = 1400}));
  wan.start_agent();
  CHECK(wan.read("s.a.b") == Impairment{.cut = Cut::Reject, .longest_packet = 1400});
  REQUIRE(wan.devices->change("s.a.b", {}));
  CHECK(wan.kernel.tables.empty());
}

}  // namespace
}  // namespace splitsite::agent
