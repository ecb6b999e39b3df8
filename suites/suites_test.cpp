#include <set>

#include "faults/catalogue.hpp"
#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"
#include "suites/faults/each_fault.hpp"
#include "suites/scenario.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

Verdict violated(const char* id) { return {.id = id, .title = id, .outcome = Outcome::Violated}; }

TEST_CASE("Without a proven fault only safety can be violated") {
  Verdicts verdicts = {violated("single-copy"), violated("undisturbed:vm-4")};
  withhold_what_was_not_asked({}, verdicts);
  CHECK(verdicts[0].outcome == Outcome::Violated);
  CHECK(verdicts[1].outcome == Outcome::Inconclusive);
}

TEST_CASE("With a proven fault a violation stays one") {
  const Events events = {Event{{}, "harness", kind::fault_active, "fault-1", {}}};
  Verdicts verdicts = {violated("undisturbed:vm-4")};
  withhold_what_was_not_asked(events, verdicts);
  CHECK(verdicts[0].outcome == Outcome::Violated);
}

TEST_CASE("A machine that failed under the lab excuses the cluster, but not from safety") {
  const Events events = {
      Event{{}, "harness", kind::fault_active, "fault-1", {}},
      Event{{}, "harness", kind::environment_error, "sto-b", {{"message", "sto-b stands still"}}}};
  Verdicts verdicts = {violated("single-copy"), violated("failover:vm-1")};
  withhold_what_was_not_asked(events, verdicts);
  CHECK(verdicts[0].outcome == Outcome::Violated);
  CHECK(verdicts[1].outcome == Outcome::Inconclusive);
  CHECK_THAT(verdicts[1].finding, Catch::Contains("sto-b stands still"));
}

TEST_CASE("Every scenario has a name of its own and never passes on an empty history") {
  std::set<std::string> names;
  for (const Scenario& scenario : catalogue()) {
    CHECK(names.insert(scenario.name).second);
    CHECK(find_scenario(scenario.suite) != nullptr);
    const Judgement judgement = scenario.judge({}, LabConfig{});
    CHECK(merge(judgement.verdicts) != Outcome::Holds);
    CHECK(merge(judgement.verdicts) != Outcome::Violated);
  }
}

Event about_fault(const char* event_kind, nlohmann::json data) {
  return Event{{}, "harness", event_kind, "fault-1", std::move(data)};
}

Verdict verdict_of(const Scenario& scenario, const Events& events, const std::string& id) {
  for (Verdict& verdict : scenario.judge(events, LabConfig{}).verdicts) {
    if (verdict.id == id) return verdict;
  }
  FAIL("no verdict " + id);
  return {};
}

TEST_CASE("A fault's life holds only when it was proven in force and proven healed") {
  const Catalogue& all = fault_catalogue();
  REQUIRE_FALSE(all.empty());
  const std::string name = all.front().name;
  const Scenario scenario = each_fault(name);
  const auto outcome = [&](const Events& events) {
    return verdict_of(scenario, events, "fault:" + name).outcome;
  };
  Events events;
  CHECK(outcome(events) == Outcome::NotExercised);
  events.push_back(about_fault(kind::fault_inject, {{"fault", name}}));
  CHECK(outcome(events) == Outcome::Inconclusive);
  events.push_back(about_fault(kind::fault_active, {{"fault", name}}));
  CHECK(outcome(events) == Outcome::Inconclusive);
  Events left = events;
  left.push_back(about_fault(kind::fault_left, {{"why", "power"}}));
  CHECK(outcome(left) == Outcome::Inconclusive);
  Event heal = about_fault(kind::fault_heal, {});
  heal.at = {std::chrono::seconds(20), std::chrono::seconds(20)};
  events.push_back(heal);
  events.push_back(about_fault(kind::fault_healed, {{"claim", "gone"}}));
  CHECK(outcome(events) == Outcome::Holds);

  Event lifted{{}, "wan", kind::deadman_lifted, "s.a.b", {}};
  lifted.at = {std::chrono::seconds(21), std::chrono::seconds(21)};
  events.push_back(lifted);
  CHECK(outcome(events) == Outcome::Holds);
  events.back().at = {std::chrono::seconds(19), std::chrono::seconds(19)};
  CHECK(outcome(events) == Outcome::Inconclusive);
}

TEST_CASE("Two examples of one fault are told apart by their parameters") {
  LabConfig config;
  config.sites = {{SiteId("a"), SiteRole::Primary}, {SiteId("b"), SiteRole::Secondary}};
  for (const LinkKind kind : {LinkKind::Site, LinkKind::Replication}) {
    config.links.push_back({.kind = kind, .first = SiteId("a"), .second = SiteId("b")});
  }
  const auto entry = find_entry(fault_catalogue(), "link-cut").value();
  REQUIRE_FALSE(entry->further_examples.empty());
  const std::string further = entry->further_examples.front();
  const auto fault = make_fault(*entry, parse_parameters(further).value(), config);
  REQUIRE(fault.has_value());
  Events events;
  events.push_back(about_fault(
      kind::fault_inject, {{"fault", "link-cut"}, {"parameters", fault.value()->parameters()}}));
  const auto verdicts = each_fault("link-cut").judge(events, config).verdicts;
  const auto outcome = [&](const std::string& id) {
    return std::find_if(verdicts.begin(), verdicts.end(),
                        [&](const Verdict& verdict) { return verdict.id == id; })
        ->outcome;
  };
  CHECK(outcome("fault:link-cut") == Outcome::NotExercised);
  CHECK(outcome("fault:link-cut " + further) == Outcome::Inconclusive);
}

TEST_CASE("A part of the fault suite is found by the beginning of its faults' names") {
  CHECK(find_scenario("faults-earthquake") == nullptr);
  CHECK(find_scenario("faults-") == nullptr);
  for (const CatalogueEntry& entry : fault_catalogue()) {
    const Scenario* part = find_scenario("faults-" + entry.name);
    REQUIRE(part != nullptr);
    CHECK(part->name == "faults-" + entry.name);
    CHECK(find_scenario(part->name) == part);
  }
}

}  // namespace
}  // namespace splitsite
