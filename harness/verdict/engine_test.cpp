#include "harness/verdict/engine.hpp"

#include "harness/verdict/testing_history.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const NodeSet kPrimary = {NodeId{"host-a1"}, NodeId{"host-a2"}};
const NodeSet kSecondary = {NodeId{"host-b1"}, NodeId{"host-b2"}};
const VmId kEngine{"HostedEngine"};
const ComposedBounds kBounds{.name = "engine", .total = {78s, 250s}};

TestHistory engine_lost(double restart, const std::string& target, double answer) {
  TestHistory h;
  h.at(1).runs("HostedEngine", "host-a1", "booted");
  h.at(2).host_is("host-a1", "up");
  h.at(10).power("host-a1", false).power("host-a2", false);
  h.at(restart).runs("HostedEngine", target, "booted");
  h.at(answer).host_is("host-b1", "up");
  h.at(600).end();
  return h;
}

Outcome judged(const TestHistory& h) {
  return engine_failed_over(h.events(), kEngine, kPrimary, kSecondary, kBounds).outcome;
}

TEST_CASE("The engine has failed over when its VM runs elsewhere and its API answers, in time") {
  CHECK(judged(engine_lost(100, "host-b1", 180)) == Outcome::Holds);
  CHECK(judged(engine_lost(60, "host-b1", 180)) == Outcome::Violated);  // before its lease was free
  CHECK(judged(engine_lost(100, "host-b1", 300)) == Outcome::Violated);  // answered too late
  CHECK(judged(engine_lost(100, "host-a2", 180)) == Outcome::Violated);
}

TEST_CASE(
    "An engine that never ran again has not failed over, one that was not seen is not judged") {
  TestHistory never;
  never.at(1).runs("HostedEngine", "host-a1", "booted");
  never.at(10).power("host-a1", false);
  never.at(600).end();
  CHECK(judged(never) == Outcome::Violated);
  CHECK(judged(TestHistory{}) == Outcome::Inconclusive);
}

TEST_CASE(
    "What hangs on the engine has later bounds than the engine, and none is before the lease") {
  const TimingConfig timing;
  const auto engine = engine_failover(timing, {}, {});
  const auto vm = failover_behind_engine(timing, {}, {});
  CHECK(engine.total.at_least == 120s);  // fact 2.6: 140 s less one renewal interval
  CHECK(vm.total.at_least == engine.total.at_least);
  CHECK(vm.total.at_most > engine.total.at_most);
  CHECK(spm_behind_engine(timing, {}, {}).total.at_most > engine.total.at_most);
}

}  // namespace
}  // namespace splitsite
