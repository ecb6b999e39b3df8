#include "harness/verdict/safety.hpp"

#include "harness/verdict/testing_history.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

const std::vector<VmId> kOneVm = {VmId{"vm-1"}};

TEST_CASE("A failover after the power loss of the old host is a single copy") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted");
  h.at(10).power("host-a1", false);
  h.at(95).runs("vm-1", "host-b1", "booted");
  const auto verdict = single_copy(h.events(), kOneVm);
  CHECK(verdict.outcome == Outcome::Holds);
}

TEST_CASE("A second copy while the first still runs is a violation that names both hosts") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted");
  h.at(60).runs("vm-1", "host-b1", "booted");
  h.at(70).stops("vm-1", "host-a1", "destroyed");
  const auto verdict = single_copy(h.events(), kOneVm);
  CHECK(verdict.outcome == Outcome::Violated);
  CHECK(verdict.finding == "vm-1 on host-a1 and on host-b1 at once");
}

TEST_CASE("Two copies that overlap only inside the uncertainty are inconclusive") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted");
  h.at(60, 1.0).stops("vm-1", "host-a1", "crashed");
  h.at(60.5, 0.1).runs("vm-1", "host-b1", "booted");
  CHECK(single_copy(h.events(), kOneVm).outcome == Outcome::Inconclusive);
}

TEST_CASE("A copy on a suspended host does not run, until the host runs on") {
  TestHistory h;
  h.at(0).runs("vm-1", "host-a1", "booted");
  h.at(10).suspended("host-a1", true);
  h.at(100).runs("vm-1", "host-b1", "booted");
  CHECK(single_copy(h.events(), {VmId("vm-1")}).outcome == Outcome::Holds);

  TestHistory gone = h;
  gone.at(150).power("host-a1", false).at(151).suspended("host-a1", false);
  CHECK(single_copy(gone.events(), {VmId("vm-1")}).outcome == Outcome::Holds);

  h.at(150).suspended("host-a1", false);
  CHECK(single_copy(h.events(), {VmId("vm-1")}).outcome == Outcome::Violated);
}

TEST_CASE("Reports of a live migration may cross, but only for a moment") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-b1", "booted");
  h.at(50).runs("vm-1", "host-a1", "migrated");
  h.at(50.4).stops("vm-1", "host-b1", "migrated");
  CHECK(single_copy(h.events(), kOneVm).outcome == Outcome::Holds);

  TestHistory slow;
  slow.at(1).runs("vm-1", "host-b1", "booted");
  slow.at(50).runs("vm-1", "host-a1", "migrated");
  slow.at(58).stops("vm-1", "host-b1", "migrated");
  CHECK(single_copy(slow.events(), kOneVm).outcome == Outcome::Violated);
}

TEST_CASE("A history without the VM proves nothing") {
  CHECK(single_copy({}, kOneVm).outcome == Outcome::NotExercised);
}

// Looks a second wide, as of a slow lab: the lease leaves host-b1 and is on host-a1 within them.
TestHistory lease_goes_over() {
  TestHistory h;
  h.at(1).runs("vm-1", "host-b1", "booted").holds("vm-1", "host-b1");
  h.at(50, 1).drops("vm-1", "host-b1");
  h.at(50.2, 1).holds("vm-1", "host-a1");
  return h;
}

TEST_CASE("A lease that goes over with its VM may seem to be held twice for as long as a look") {
  TestHistory moved = lease_goes_over();
  moved.at(49.5).stops("vm-1", "host-b1", "migrated away");
  moved.at(51.5).runs("vm-1", "host-a1", "migrated here").end();
  CHECK(single_lease_holder(moved.events(), {"vm-1"}).outcome == Outcome::Holds);

  TestHistory failed_over = lease_goes_over();
  failed_over.at(49.5).stops("vm-1", "host-b1", "power off");
  failed_over.at(51.5).runs("vm-1", "host-a1", "booted").end();
  CHECK(single_lease_holder(failed_over.events(), {"vm-1"}).outcome == Outcome::Inconclusive);
}

TEST_CASE("A migration excuses no lease that is certainly held twice, however short") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-b1", "booted").holds("vm-1", "host-b1");
  h.at(49).stops("vm-1", "host-b1", "migrated away");
  h.at(50).holds("vm-1", "host-a1");
  h.at(50.5).drops("vm-1", "host-b1");
  h.at(51).runs("vm-1", "host-a1", "migrated here").end();
  CHECK(single_lease_holder(h.events(), {"vm-1"}).outcome == Outcome::Violated);
}

TEST_CASE("A migration excuses no double lease at another time") {
  TestHistory h;
  h.at(1).runs("vm-1", "host-b1", "booted").holds("vm-1", "host-b1");
  h.at(20).stops("vm-1", "host-b1", "migrated away");
  h.at(21).runs("vm-1", "host-a1", "migrated here");
  h.at(50).holds("vm-1", "host-a1");
  h.at(51).drops("vm-1", "host-b1").end();
  CHECK(single_lease_holder(h.events(), {"vm-1"}).outcome == Outcome::Violated);
}

TEST_CASE("Two holders of one lease are a violation") {
  TestHistory h;
  h.at(1).holds("SDM", "host-a1");
  h.at(20).holds("SDM", "host-b1");
  CHECK(single_lease_holder(h.events(), {"SDM"}).outcome == Outcome::Violated);
  h.at(5).drops("SDM", "host-a1");
  Events ordered = h.events();
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Event& a, const Event& b) { return a.at.lo < b.at.lo; });
  CHECK(single_lease_holder(ordered, {"SDM"}).outcome == Outcome::Holds);
}

TEST_CASE("Two halves that take writes apart from each other are a violation") {
  TestHistory h;
  h.at(1).drbd("sto-a", "Connected", false);
  h.at(1).drbd("sto-b", "Connected", false);
  h.at(10).drbd("sto-a", "WFConnection", true);
  h.at(10).drbd("sto-b", "WFConnection", true);
  h.at(12).drbd("sto-b", "WFConnection", false);
  CHECK(one_writable_half(h.events()).outcome == Outcome::Holds);
  h.at(13).drbd("sto-a", "WFConnection", false);
  CHECK(one_writable_half(h.events()).outcome == Outcome::Violated);
}

TEST_CASE("One storage node alone cannot prove that there was one writable half") {
  TestHistory h;
  h.at(1).drbd("sto-a", "Connected", false);
  CHECK(one_writable_half(h.events()).outcome == Outcome::Inconclusive);
}

TestHistory writes_of_two_boots() {
  TestHistory h;
  h.at(1).guest_starts("vm-1", 1, 0);
  h.at(2).acks("vm-1", 1, 1, 40);
  h.at(90).guest_starts("vm-1", 2, 40);
  h.at(95).acks("vm-1", 2, 41, 60);
  return h;
}

TEST_CASE("Acknowledged writes that are on disk under their own boot are kept") {
  TestHistory h = writes_of_two_boots();
  h.at(120).scan("vm-1", {segment(1, 1, 40), segment(2, 41, 80)});
  const auto verdict = no_lost_write(h.events(), kOneVm);
  CHECK(verdict.outcome == Outcome::Holds);
  CHECK(verdict.finding == "60 acknowledged writes of 1 VMs found on disk");
}

TEST_CASE("An acknowledged write that is missing or overwritten is lost") {
  TestHistory missing = writes_of_two_boots();
  missing.at(120).scan("vm-1", {segment(1, 1, 40), segment(2, 41, 55)});
  CHECK(no_lost_write(missing.events(), kOneVm).outcome == Outcome::Violated);

  TestHistory overwritten = writes_of_two_boots();
  overwritten.at(120).scan("vm-1", {segment(1, 1, 30), segment(2, 31, 80)});
  CHECK(no_lost_write(overwritten.events(), kOneVm).outcome == Outcome::Violated);

  TestHistory torn = writes_of_two_boots();
  torn.at(120).scan("vm-1", {segment(1, 1, 40), segment(2, 41, 80)}, {17});
  CHECK(no_lost_write(torn.events(), kOneVm).outcome == Outcome::Violated);
}

TEST_CASE("A guest that starts behind what it had acknowledged lost writes") {
  TestHistory h;
  h.at(2).acks("vm-1", 1, 1, 40);
  h.at(90).guest_starts("vm-1", 2, 33);
  h.at(120).scan("vm-1", {segment(1, 1, 40)});
  CHECK(no_lost_write(h.events(), kOneVm).outcome == Outcome::Violated);
}

TEST_CASE("Writes acknowledged after the disk was read are not judged, and no scan is no proof") {
  TestHistory h = writes_of_two_boots();
  CHECK(no_lost_write(h.events(), kOneVm).outcome == Outcome::Inconclusive);
  h.at(120).scan("vm-1", {segment(1, 1, 40), segment(2, 41, 80)});
  h.at(121).acks("vm-1", 2, 61, 200);
  CHECK(no_lost_write(h.events(), kOneVm).outcome == Outcome::Holds);
}

}  // namespace
}  // namespace splitsite
