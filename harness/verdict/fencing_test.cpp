#include "harness/verdict/fencing.hpp"

#include <algorithm>

#include "harness/verdict/testing_history.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const VmId kVm{"vm-6"};
const ComposedBounds kFencing{.name = "fencing", .total = {17s, 60s}};
const ComposedBounds kRestart{.name = "restart", .total = {0s, 50s}};

// Events with the given changes of power by a controller put in at their times.
Events with_controller(TestHistory& h, const std::vector<std::pair<double, bool>>& changes) {
  for (const auto& [seconds, on] : changes) h.at(seconds).power("host-a1", on);
  Events events = h.events();
  for (Event& event : events) {
    if (event.kind == kind::node_power) event.actor = "power-controller";
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at.lo < b.at.lo; });
  return events;
}

TestHistory until_fault() {
  TestHistory h;
  h.at(1).runs("vm-6", "host-a1", "booted");
  h.at(10).fault(kind::fault_active);
  return h;
}

TEST_CASE("A host that is fenced in time and gets its power back holds") {
  TestHistory h = until_fault();
  h.at(200).end();
  const Events events = with_controller(h, {{40, false}, {48, true}});
  CHECK(host_of_was_fenced(events, kVm, kFencing).outcome == Outcome::Holds);
}

TEST_CASE("Fenced too early, too late, never, or left without power: violated") {
  const auto judged = [](const std::vector<std::pair<double, bool>>& changes) {
    TestHistory h = until_fault();
    h.at(200).end();
    return host_of_was_fenced(with_controller(h, changes), kVm, kFencing).outcome;
  };
  CHECK(judged({{20, false}, {25, true}}) == Outcome::Violated);
  CHECK(judged({{90, false}, {95, true}}) == Outcome::Violated);
  CHECK(judged({}) == Outcome::Violated);
  CHECK(judged({{40, false}}) == Outcome::Violated);
}

TEST_CASE("Power that a fault takes is no fencing") {
  TestHistory h = until_fault();
  h.at(40).power("host-a1", false);
  h.at(50).power("host-a1", true);
  h.at(200).end();
  CHECK(host_of_was_fenced(h.events(), kVm, kFencing).outcome == Outcome::Violated);
  CHECK(nobody_was_fenced(h.events()).outcome == Outcome::Holds);
}

TEST_CASE("A VM that runs elsewhere soon after the fencing holds; before it, late or never not") {
  const auto judged = [](double restart) {
    TestHistory h = until_fault();
    if (restart > 0) h.at(restart).runs("vm-6", "host-b1", "booted");
    h.at(300).end();
    return restarted_after_fencing(with_controller(h, {{40, false}, {48, true}}), kVm, kRestart)
        .outcome;
  };
  CHECK(judged(60) == Outcome::Holds);
  CHECK(judged(30) == Outcome::Violated);
  CHECK(judged(120) == Outcome::Violated);
  CHECK(judged(0) == Outcome::Violated);
}

TEST_CASE("Without fencing its consequences are not judged") {
  TestHistory h = until_fault();
  h.at(300).end();
  CHECK(restarted_after_fencing(h.events(), kVm, kRestart).outcome == Outcome::NotExercised);
  CHECK(nobody_was_fenced(h.events()).outcome == Outcome::Holds);
  CHECK(nobody_was_fenced(with_controller(h, {{40, false}})).outcome == Outcome::Violated);
  CHECK(nobody_was_fenced({}).outcome == Outcome::NotExercised);
}

TEST_CASE("A VM nobody may start stays down until the heal, whatever comes after") {
  const auto judged = [](double restart) {
    TestHistory h = until_fault();
    h.at(restart).runs("vm-6", "host-b1", "booted");
    h.at(100).fault(kind::fault_heal);
    h.at(200).end();
    Events events = h.events();
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.at.lo < b.at.lo; });
    return stays_down_until_heal(events, kVm).outcome;
  };
  CHECK(judged(120) == Outcome::Holds);
  CHECK(judged(60) == Outcome::Violated);
  CHECK(stays_down_until_heal({}, kVm).outcome == Outcome::Inconclusive);
}

TEST_CASE("3.2 the bounds follow the deployment's timers") {
  const TimingConfig timing;  // oVirt's defaults
  const auto fencing = fencing_by_proxy(timing, 2, false, {});
  CHECK(fencing.total.at_least == 57s);
  CHECK(fencing.total.at_most == 30s + 61s + 23s + 60s + 20s + 10s + 10s);
  CHECK(restart_after_fencing(timing, {}).total.at_most == 5s + 30s + 10s + 10s + 2s + 45s + 10s);
}

}  // namespace
}  // namespace splitsite
