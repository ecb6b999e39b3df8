#include <set>

#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"
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

}  // namespace
}  // namespace splitsite
