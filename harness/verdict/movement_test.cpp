#include "harness/verdict/movement.hpp"

#include "harness/verdict/stays.hpp"
#include "harness/verdict/testing_history.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const NodeSet kPrimary = {NodeId{"host-a1"}, NodeId{"host-a2"}};
const NodeSet kSecondary = {NodeId{"host-b1"}, NodeId{"host-b2"}};
const VmId kVm{"vm-1"};
const ComposedBounds kFailover{.name = "failover", .total = {78s, 140s}};
const ComposedBounds kFailback{.name = "failback", .total = {0s, 60s}};

// The whole story up to the failover, with the restart `restart` seconds into the run.
TestHistory site_lost(double restart, const std::string& target = "host-b1") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted").runs("vm-5", "host-a2", "booted");
  h.at(2).holds("SDM", "host-a1");
  h.at(3).acks("vm-1", 1, 1, 10).acks("vm-5", 1, 1, 10);
  h.at(10).power("host-a1", false);
  h.at(10.1).power("host-a2", false);
  h.at(10, 1).fault(kind::fault_active);
  h.at(restart).runs("vm-1", target, "booted");
  h.at(restart + 8).acks("vm-1", 2, 11, 20);
  return h;
}

TEST_CASE("A failover inside the bounds holds and is timed from the power-off of its host") {
  TestHistory h = site_lost(100);
  h.at(200).end();
  const auto verdict = failed_over(h.events(), kVm, kPrimary, kSecondary, kFailover);
  CHECK(verdict.outcome == Outcome::Holds);
  REQUIRE(verdict.measured.has_value());
  CHECK(verdict.measured->least > 89s);
  CHECK(verdict.measured->most < 91s);
}

TEST_CASE("Too early, too late, in the wrong site, or never: all are violations") {
  const auto judged = [](TestHistory h) {
    h.at(400).end();
    return failed_over(h.events(), kVm, kPrimary, kSecondary, kFailover).outcome;
  };
  CHECK(judged(site_lost(60)) == Outcome::Violated);
  CHECK(judged(site_lost(170)) == Outcome::Violated);
  CHECK(judged(site_lost(100, "host-a9")) == Outcome::Violated);
  TestHistory never;
  never.at(1).runs("vm-1", "host-a1", "booted");
  never.at(10).power("host-a1", false);
  CHECK(judged(never) == Outcome::Violated);
}

TEST_CASE("Without a Manager nothing may fail over, and that takes as long to see as a failover") {
  const auto judged = [](TestHistory h, double heal) {
    h.at(heal).fault(kind::fault_heal);
    h.at(600).end();
    return not_failed_over(h.events(), kVm, kPrimary, kFailover).outcome;
  };
  CHECK(judged(site_lost(200), 160) == Outcome::Holds);         // ran only after its site was back
  CHECK(judged(site_lost(200), 100) == Outcome::Inconclusive);  // watched too short
  CHECK(judged(site_lost(120), 160) == Outcome::Violated);
  CHECK(judged(TestHistory{}, 160) == Outcome::Inconclusive);
}

TEST_CASE("A VM whose CPUs run but whose service stays away has not failed over") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted");
  h.at(10).power("host-a1", false);
  h.at(100).runs("vm-1", "host-b1", "booted");
  h.at(400).end();
  CHECK(failed_over(h.events(), kVm, kPrimary, kSecondary, kFailover).outcome == Outcome::Violated);
}

TEST_CASE("A run that ended before the bound cannot tell, nor one that never saw the start") {
  TestHistory cut_short;
  cut_short.at(1).runs("vm-1", "host-a1", "booted");
  cut_short.at(10).power("host-a1", false);
  cut_short.at(30).end();
  CHECK(failed_over(cut_short.events(), kVm, kPrimary, kSecondary, kFailover).outcome ==
        Outcome::Inconclusive);
  CHECK(failed_over({}, kVm, kPrimary, kSecondary, kFailover).outcome == Outcome::Inconclusive);
}

TEST_CASE("A time at the edge of the bound within the uncertainty is inconclusive") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted");
  h.at(10, 2).power("host-a1", false);
  h.at(89, 0.1).runs("vm-1", "host-b1", "booted");
  h.at(95).acks("vm-1", 2, 1, 2);
  h.at(200).end();
  CHECK(failed_over(h.events(), kVm, kPrimary, kSecondary, kFailover).outcome ==
        Outcome::Inconclusive);
}

TEST_CASE("The control VM must not start again") {
  TestHistory h = site_lost(100);
  h.at(200).end();
  CHECK(stays_down(h.events(), VmId{"vm-5"}).outcome == Outcome::Holds);
  h.at(210).runs("vm-5", "host-b2", "booted");
  CHECK(stays_down(h.events(), VmId{"vm-5"}).outcome == Outcome::Violated);
  CHECK(stays_down(h.events(), VmId{"vm-9"}).outcome == Outcome::Inconclusive);
}

TEST_CASE("A VM of the surviving site is undisturbed if it neither stops nor stalls") {
  TestHistory h;
  h.at(1).runs("vm-4", "host-b1", "booted");
  h.at(2).acks("vm-4", 1, 1, 5);
  h.at(10).acks("vm-4", 1, 6, 9);
  h.at(12).end();
  CHECK(undisturbed(h.events(), VmId{"vm-4"}, 20s).outcome == Outcome::Holds);
  CHECK(undisturbed(h.events(), VmId{"vm-4"}, 5s).outcome == Outcome::Violated);
  TestHistory silent = h;
  silent.at(100).end();
  CHECK(undisturbed(silent.events(), VmId{"vm-4"}, 20s).outcome == Outcome::Violated);
  h.at(13).stops("vm-4", "host-b1", "crashed");
  CHECK(undisturbed(h.events(), VmId{"vm-4"}, 20s).outcome == Outcome::Violated);
}

TEST_CASE("A VM that stops, or shows up elsewhere, did not stay where it was") {
  TestHistory h;
  CHECK(never_moved(h.events(), kVm).outcome == Outcome::Inconclusive);
  h.at(1).runs("vm-1", "host-a1", "booted");
  CHECK(never_moved(h.events(), kVm).outcome == Outcome::Holds);
  h.at(50).runs("vm-1", "host-b1", "booted");
  CHECK(never_moved(h.events(), kVm).outcome == Outcome::Violated);
}

// After the failover: site powered at 200 s, hosts up at 240 and 245 s.
TestHistory site_returned() {
  TestHistory h = site_lost(100);
  h.at(100).holds("SDM", "host-b2");
  h.at(199, 0.1).fault(kind::fault_heal);
  h.at(200).power("host-a1", true).power("host-a2", true);
  h.at(240).host_is("host-a1", "up");
  h.at(245).host_is("host-a2", "up");
  return h;
}

TEST_CASE("Coming home by live migration in time is a failback") {
  TestHistory h = site_returned();
  h.at(260).stops("vm-1", "host-b1", "migrated");
  h.at(260.2).runs("vm-1", "host-a2", "migrated");
  h.at(261).acks("vm-1", 2, 21, 30);
  h.at(400).end();
  CHECK(failed_back(h.events(), kVm, kPrimary, kFailback).outcome == Outcome::Holds);
  h.at(270).guest_starts("vm-1", 3, 30);
  CHECK(failed_back(h.events(), kVm, kPrimary, kFailback).outcome == Outcome::Violated);
}

TEST_CASE("No failback, a late one, a restart, and leaving home again are violations") {
  const auto judged = [](TestHistory h) {
    h.at(600).end();
    return failed_back(h.events(), kVm, kPrimary, kFailback).outcome;
  };
  CHECK(judged(site_returned()) == Outcome::Violated);

  TestHistory late = site_returned();
  late.at(400).stops("vm-1", "host-b1", "migrated").runs("vm-1", "host-a1", "migrated");
  late.at(401).acks("vm-1", 2, 21, 30);
  CHECK(judged(late) == Outcome::Violated);

  TestHistory restarted = site_returned();
  restarted.at(260).stops("vm-1", "host-b1", "destroyed").runs("vm-1", "host-a1", "booted");
  restarted.at(265).acks("vm-1", 3, 21, 30);
  CHECK(judged(restarted) == Outcome::Violated);

  TestHistory left = site_returned();
  left.at(260).stops("vm-1", "host-b1", "migrated").runs("vm-1", "host-a1", "migrated");
  left.at(261).acks("vm-1", 2, 21, 30);
  left.at(280).stops("vm-1", "host-a1", "migrated").runs("vm-1", "host-b1", "migrated");
  CHECK(judged(left) == Outcome::Violated);
}

TEST_CASE("A guest that never writes after coming home did not come home well") {
  TestHistory h = site_returned();
  h.at(260).stops("vm-1", "host-b1", "migrated").runs("vm-1", "host-a2", "migrated");
  h.at(265).end();
  CHECK(failed_back(h.events(), kVm, kPrimary, kFailback).outcome == Outcome::Inconclusive);
  h.at(300).end();
  CHECK(failed_back(h.events(), kVm, kPrimary, kFailback).outcome == Outcome::Violated);
}

TEST_CASE("The SPM moves after the last primary host is gone and not before its lease expired") {
  TestHistory h = site_lost(100);
  h.at(95).holds("SDM", "host-b1");
  h.at(300).end();
  CHECK(spm_moved(h.events(), kPrimary, kSecondary, kFailover).outcome == Outcome::Holds);

  TestHistory early = site_lost(100);
  early.at(50).holds("SDM", "host-b1");
  early.at(300).end();
  CHECK(spm_moved(early.events(), kPrimary, kSecondary, kFailover).outcome == Outcome::Violated);

  TestHistory never = site_lost(100);
  never.at(300).end();
  CHECK(spm_moved(never.events(), kPrimary, kSecondary, kFailover).outcome == Outcome::Violated);
}

TEST_CASE("An SPM that moves while a primary host lives is a violation") {
  TestHistory h;
  h.at(1).holds("SDM", "host-a1");
  h.at(10).power("host-a1", false);
  h.at(95).holds("SDM", "host-b1");
  h.at(200).power("host-a2", false);
  h.at(400).end();
  CHECK(spm_moved(h.events(), kPrimary, kSecondary, kFailover).outcome == Outcome::Violated);
}

TEST_CASE("In the stuck branch nobody may take the SPM lease before the heal") {
  TestHistory h = site_lost(100);
  h.at(200).fault(kind::fault_heal);
  CHECK(spm_stuck(h.events(), kPrimary).outcome == Outcome::Holds);
  TestHistory taken = site_lost(100);
  taken.at(120).holds("SDM", "host-b1");
  taken.at(200).fault(kind::fault_heal);
  CHECK(spm_stuck(taken.events(), kPrimary).outcome == Outcome::Violated);
}

TEST_CASE("The SPM does not go home by itself") {
  TestHistory h = site_returned();
  h.at(400).end();
  CHECK(spm_stays(h.events(), kSecondary).outcome == Outcome::Holds);
  h.at(401).drops("SDM", "host-b2");
  CHECK(spm_stays(h.events(), kSecondary).outcome == Outcome::Violated);
}

TestHistory manager_lost_until(double answers) {
  TestHistory h;
  h.at(100).power("manager-a", false);
  h.at(103).manager_is_silent();
  h.at(answers, 1).manager_answers();
  h.at(300).power("manager-a", true);
  h.at(400).end();
  return h;
}

Outcome manager_outcome(const TestHistory& h) {
  return manager_moved(h.events(), NodeId("manager-a"), manager_takeover(LabAllowance{})).outcome;
}

TEST_CASE("A clustered Manager moves in time, not before its old node is certainly gone (SAM-2)") {
  CHECK(manager_outcome(manager_lost_until(160)) == Outcome::Holds);
  CHECK(manager_outcome(manager_lost_until(110)) == Outcome::Violated);  // the watchdog has 10 s
  CHECK(manager_outcome(manager_lost_until(260)) == Outcome::Violated);
}

TEST_CASE("A Manager that comes back with its own node has not moved") {
  TestHistory h;
  h.at(100).power("manager-a", false);
  h.at(103).manager_is_silent();
  h.at(140).power("manager-a", true);
  h.at(160).manager_answers();
  h.at(400).end();
  CHECK(manager_outcome(h) == Outcome::Violated);
}

TEST_CASE("A Manager whose API went on answering was on another node") {
  TestHistory h;
  h.at(100).power("manager-a", false);
  h.at(400).end();
  CHECK(manager_outcome(h) == Outcome::Inconclusive);
  CHECK(manager_outcome(TestHistory{}) == Outcome::Inconclusive);
}

TEST_CASE("A Manager that stays away is late once that has been watched long enough") {
  TestHistory h;
  h.at(100).power("manager-a", false);
  h.at(103).manager_is_silent();
  h.at(120).end();
  CHECK(manager_outcome(h) == Outcome::Inconclusive);
  h.at(400).end();
  CHECK(manager_outcome(h) == Outcome::Violated);
}

TEST_CASE("Without proof, load, or heal the story cannot be judged") {
  TestHistory h = site_returned();
  CHECK(assumptions(h.events(), {kVm}).outcome == Outcome::Inconclusive);
  h.at(246).fault(kind::fault_healed);
  CHECK(assumptions(h.events(), {kVm}).outcome == Outcome::Holds);
  CHECK(assumptions(h.events(), {kVm, VmId{"vm-7"}}).outcome == Outcome::Inconclusive);
  CHECK(assumptions({}, {kVm}).outcome == Outcome::Inconclusive);
}

TEST_CASE("A fault that was found not to have been what was asked leaves the story unjudged") {
  TestHistory h = site_returned();
  h.at(246).fault(kind::fault_not_proven).fault(kind::fault_healed);
  CHECK(assumptions(h.events(), {kVm}).outcome == Outcome::Inconclusive);
}

TEST_CASE("A fault that a node lifted by itself before its heal was not in force all the time") {
  TestHistory h = site_returned();
  h.at(246).fault(kind::fault_healed).fault(kind::deadman_lifted);
  CHECK(assumptions(h.events(), {kVm}).outcome == Outcome::Holds);  // long after the heal began

  Events early = h.events();
  const Event* active = find_kind(early, kind::fault_active);
  REQUIRE(active != nullptr);
  early.push_back(Event{active->at, "wan", kind::deadman_lifted, "", {{"device", "s.a.b"}}});
  const Verdict verdict = assumptions(early, {kVm});
  CHECK(verdict.outcome == Outcome::Inconclusive);
  CHECK_THAT(verdict.finding, Catch::Contains("wan lifted a part of the fault by itself"));
}

}  // namespace
}  // namespace splitsite
