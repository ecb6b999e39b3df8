#include "harness/verdict/bounds.hpp"

#include <fmt/format.h>

#include "harness/lab/description/manager_cluster.hpp"
#include "harness/verdict/verdict.hpp"
#include "scripts/testing/golden.hpp"

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

// The line of the nodes' configuration that sets a time.
std::string configured(const std::string& file, const std::string& line) {
  const std::string text = testing::read_text(
      SPLITSITE_SOURCE_DIR "/topologies/stretch-standalone-clustered-manager/expected/" + file);
  INFO(file << " has no " << line);
  CHECK(text.find("\n" + line + "\n") != std::string::npos);
  return line;
}

TEST_CASE("A clustered Manager's bounds are made of the times its nodes are configured with") {
  using namespace manager_cluster;
  configured("corosync", fmt::format("token: {}", token.count()));
  configured("corosync", fmt::format("consensus: {}", consensus.count()));
  configured("corosync", fmt::format("sync_timeout: {}", third_vote.count()));
  configured("cib", fmt::format("<nvpair id=\"cluster-stonith-watchdog-timeout\" "
                                "name=\"stonith-watchdog-timeout\" value=\"{}s\"/>",
                                fenced.count() / 1000));
  const auto takeover = manager_takeover(LabAllowance{});
  CHECK(takeover.total.at_least == 22s);
  CHECK(takeover.total.at_most == 5s + 6s + 6s + 22s + 40s + 10s);
}

TEST_CASE("What waits for a takeover is later by it, and not sooner than by itself") {
  const auto takeover = manager_takeover(LabAllowance{});
  const auto failover = lease_failover(TimingConfig{}, 1, false, LabAllowance{});
  const auto both = behind(takeover, failover);
  CHECK(both.total.at_least == failover.total.at_least);
  CHECK(both.total.at_most == takeover.total.at_most + failover.total.at_most);
  CHECK(both.parts.size() == takeover.parts.size() + failover.parts.size());
}

TEST_CASE("1.6 a Manager that has just started may let the data center rest, an old one does not") {
  const TimingConfig timing;
  const auto old = spm_failover(timing, {});
  const auto fresh = with_start_pause(old, timing);
  CHECK(fresh.total.at_least == old.total.at_least);
  CHECK(fresh.total.at_most == old.total.at_most + 180s);
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
