#include "harness/verdict/bounds.hpp"

#include "harness/verdict/verdict.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

TEST_CASE("With oVirt's own timers a lease fails over not before 120 s (fact 2.7)") {
  const auto bounds = lease_failover(TimingConfig{}, 1, false, LabAllowance{});
  CHECK(bounds.total.at_least == 120s);
  CHECK(bounds.total.at_most > 210s);  // worst lease wait, fact 2.6
}

TEST_CASE("With an I/O timeout of 3 s the lower end is 84 s less one renewal of 6 s") {
  TimingConfig timing;
  timing.sanlock_io_timeout = 3s;
  CHECK(lease_failover(timing, 1, false, LabAllowance{}).total.at_least == 78s);
  CHECK(spm_failover(timing, LabAllowance{}).total.at_least == 78s);
}

TEST_CASE("Failback takes at least a cycle per VM, so its bound grows with the VMs") {
  const auto one = affinity_failback(TimingConfig{}, 1, LabAllowance{});
  const auto three = affinity_failback(TimingConfig{}, 3, LabAllowance{});
  CHECK(three.total.at_most - LabAllowance{}.slack ==
        3 * (one.total.at_most - LabAllowance{}.slack));
}

TEST_CASE("The worst verdict decides, and skipped ones only when there is nothing else") {
  const auto with = [](Outcome o) { return Verdict{.id = "x", .title = "x", .outcome = o}; };
  CHECK(merge({}) == Outcome::Inconclusive);
  CHECK(merge({with(Outcome::Holds), with(Outcome::Skipped)}) == Outcome::Holds);
  CHECK(merge({with(Outcome::Skipped)}) == Outcome::Skipped);
  CHECK(merge({with(Outcome::Holds), with(Outcome::Inconclusive)}) == Outcome::Inconclusive);
  CHECK(merge({with(Outcome::Inconclusive), with(Outcome::Violated)}) == Outcome::Violated);
  CHECK(exit_code(Outcome::Holds) == 0);
  CHECK(exit_code(Outcome::Violated) == 1);
  CHECK(exit_code(Outcome::NotExercised) == 2);
  CHECK(exit_code(Outcome::Skipped) == 4);
}

}  // namespace
}  // namespace splitsite
