#include "harness/lab/power/controller.hpp"

#include <map>

#include "scripts/testing/catch.hpp"

namespace splitsite::power {
namespace {

class FakePower final : public Power {
 public:
  std::map<NodeId, PowerState> states;
  bool broken = false;

  Result<void> off(const NodeId& node) override { return set(node, PowerState::Off); }
  Result<void> on(const NodeId& node) override { return set(node, PowerState::On); }
  Result<void> reset(const NodeId& node) override { return set(node, PowerState::On); }
  Result<void> suspend(const NodeId& node) override { return set(node, PowerState::Paused); }
  Result<void> resume(const NodeId& node) override { return set(node, PowerState::On); }
  Result<PowerState> state(const NodeId& node) override { return states.at(node); }

 private:
  Result<void> set(const NodeId& node, PowerState to) {
    if (broken) return Error{.kind = ErrorKind::Refused, .attempted = "switch"};
    states[node] = to;
    return success();
  }
};

LabConfig lab() {
  LabConfig lab;
  lab.sites = {{SiteId("a"), SiteRole::Primary}, {SiteId("b"), SiteRole::Secondary}};
  const auto add = [&](const char* name, NodeRole role, const char* site) {
    lab.nodes.push_back({.name = NodeId(name),
                         .role = role,
                         .site = SiteId(site),
                         .power_management = role == NodeRole::Host});
  };
  add("host-a1", NodeRole::Host, "a");
  add("sto-a", NodeRole::Storage, "a");
  add("host-b1", NodeRole::Host, "b");
  lab.power.controllers = {{SiteId("a"), "10.77.0.10/24"}, {SiteId("b"), "10.77.0.20/24"}};
  return lab;
}

struct Site {
  Site() {
    for (const NodeConfig& node : config.nodes) power.states[node.name] = PowerState::On;
  }
  Answer ask(Action action, const std::string& plug = "host-a1") {
    return controller.answer({"splitsite", "power", plug, action});
  }

  LabConfig config = lab();
  FakePower power;
  std::vector<Switched> log;
  Controller controller{SiteId("a"), config, power, steady_clock(),
                        [this](const Switched& switched) { log.push_back(switched); }};
};

TEST_CASE("A controller switches a host of its site and writes it down") {
  Site site;
  CHECK(site.ask(Action::Status).on);
  const Answer off = site.ask(Action::Off);
  CHECK(off.error.empty());
  CHECK_FALSE(off.on);
  CHECK(site.power.states[NodeId("host-a1")] == PowerState::Off);
  CHECK(site.ask(Action::On).on);
  REQUIRE(site.log.size() == 2);
  CHECK_FALSE(site.log[0].on);
  CHECK(site.log[1].on);
  CHECK(site.log[0].began <= site.log[0].ended);
}

TEST_CASE("What is so already is no change and is not written down") {
  Site site;
  CHECK(site.ask(Action::On).on);
  CHECK(site.log.empty());
  CHECK(site.ask(Action::Off).error.empty());
  CHECK(site.ask(Action::Off).error.empty());
  CHECK(site.log.size() == 1);
}

TEST_CASE("A reboot is off and on; a host that hangs has its power") {
  Site site;
  site.power.states[NodeId("host-a1")] = PowerState::Paused;
  CHECK(site.ask(Action::Status).on);
  CHECK(site.ask(Action::Reboot).on);
  CHECK(site.power.states[NodeId("host-a1")] == PowerState::On);
  CHECK(site.log.size() == 2);
}

TEST_CASE("Other sites' hosts, storage nodes and hosts without power management have no plug") {
  Site site;
  CHECK(site.ask(Action::Off, "host-b1").error == "there is no plug \"host-b1\" here");
  CHECK(site.ask(Action::Off, "sto-a").error == "there is no plug \"sto-a\" here");
  CHECK(site.ask(Action::Off, "nobody").error == "there is no plug \"nobody\" here");
  site.config.nodes[0].power_management = false;
  CHECK(site.ask(Action::Off).error == "there is no plug \"host-a1\" here");
  CHECK(site.log.empty());
}

TEST_CASE("A wrong password switches nothing") {
  Site site;
  const Answer answer = site.controller.answer({"splitsite", "guess", "host-a1", Action::Off});
  CHECK(answer.error == "wrong username or password");
  CHECK(site.power.states[NodeId("host-a1")] == PowerState::On);
}

TEST_CASE("1.5 a site without power has no controller either, until the power is back") {
  Site site;
  site.power.states[NodeId("host-a1")] = PowerState::Off;
  CHECK(site.ask(Action::Status).error.empty());  // the storage node has power: so has the site
  site.power.states[NodeId("sto-a")] = PowerState::Off;
  CHECK(site.ask(Action::Status).error == "site a has no power");
  CHECK(site.ask(Action::On).error == "site a has no power");
  site.power.states[NodeId("sto-a")] = PowerState::On;
  CHECK(site.ask(Action::On).on);
}

TEST_CASE("A host that the controller itself switched off does not make its site dark") {
  Site site;
  site.power.states[NodeId("sto-a")] = PowerState::Off;
  CHECK(site.ask(Action::Off).error.empty());
  CHECK(site.ask(Action::On).on);
}

TEST_CASE("A switch that fails is an error and is not written down") {
  Site site;
  site.power.broken = true;
  CHECK_FALSE(site.ask(Action::Off).error.empty());
  CHECK(site.log.empty());
}

TEST_CASE("Requests, answers and the log are read as what was written") {
  const auto request = decode_request(encode(Request{"u", "p", "host-a1", Action::Reboot}));
  REQUIRE(request);
  CHECK(request.value().plug == "host-a1");
  CHECK(request.value().action == Action::Reboot);
  CHECK_FALSE(decode_request(R"({"plug":"host-a1","action":"off"})"));
  CHECK_FALSE(
      decode_request(R"({"username":"u","password":"p","plug":"host-a1","action":"explode"})"));

  CHECK(decode_answer(encode(Answer{.on = true, .error = {}})).value().on);
  CHECK(decode_answer(encode(Answer{.on = false, .error = "why"})).value().error == "why");
  CHECK_FALSE(decode_answer("{}"));

  const Switched switched{.host = NodeId("host-a1"),
                          .on = true,
                          .began = Instant(std::chrono::seconds(3)),
                          .ended = Instant(std::chrono::seconds(4))};
  const auto back = from_line(to_line(switched));
  REQUIRE(back);
  CHECK(back.value().host == switched.host);
  CHECK(back.value().on);
  CHECK(back.value().began == switched.began);
  CHECK(back.value().ended == switched.ended);
  CHECK_FALSE(from_line(R"({"host":"host-a1","on":true})"));
}

}  // namespace
}  // namespace splitsite::power
