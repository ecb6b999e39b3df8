// The round trip as a proof sees it: a busy moment decides nothing, a wrong delay is found out.
#include "faults/measure/round_trip.hpp"

#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Way kWay{NodeId("host-a1"), NodeId("host-b1")};
const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};
const LinkDirection kBack{LinkKind::Site, SiteId("b"), SiteId("a")};

void delay_each_way(FakeLab& lab, Duration delay) {
  for (const auto& direction : {kThere, kBack}) {
    REQUIRE(lab.set(direction, {.delay = delay}).has_value());
  }
}

TEST_CASE("A lab that is busy while it is measured before a fault is waited for") {
  FakeLab lab(fake_config());
  delay_each_way(lab, 3500us);
  lab.disturb_pings(3, 9ms);
  const auto before = undisturbed_round_trip(lab.bench(), kWay, 4ms);
  REQUIRE(before.has_value());
  CHECK(before.value() == 8ms);
}

TEST_CASE("A lab that is never quick is taken as it is") {
  FakeLab lab(fake_config());
  lab.disturb_pings(1000, 9ms);
  const auto before = undisturbed_round_trip(lab.bench(), kWay, 4ms);
  REQUIRE(before.has_value());
  CHECK(before.value() == 10ms);
}

TEST_CASE("Nothing can be measured on a way that is dead") {
  FakeLab lab(fake_config());
  REQUIRE(lab.off(kWay.to).has_value());
  CHECK(undisturbed_round_trip(lab.bench(), kWay, 4ms).has_error());
}

TEST_CASE("Slow answers are measured again, a quick one disproves the delay at once") {
  FakeLab lab(fake_config());
  delay_each_way(lab, 10ms);
  lab.disturb_pings(3, 30ms);
  CHECK(takes(lab.bench(), kWay, 21ms, 4ms).has_value());
  const Instant begun = lab.clock().now();
  const auto wrong = takes(lab.bench(), kWay, 41ms, 4ms);
  REQUIRE(wrong.has_error());
  CHECK_THAT(wrong.error().message(), Catch::Contains("quickest 21.00 ms"));
  CHECK(lab.clock().now() - begun < 1s);
}

TEST_CASE("A delay that is there is found, whoever claims that there is none") {
  FakeLab lab(fake_config());
  delay_each_way(lab, 10ms);
  lab.disturb_pings(3, 30ms);
  CHECK(takes_no_longer(lab.bench(), kWay, 20ms, 4ms).has_value());
  CHECK(takes_no_longer(lab.bench(), kWay, 1ms, 4ms).has_error());
}

TEST_CASE("A way knows its link and its address") {
  const LabConfig config = fake_config();
  CHECK(link_on(config, kWay) == kThere);
  CHECK(link_on(config, turned(kWay)) == kBack);
  CHECK_FALSE(link_on(config, {NodeId("host-a1"), NodeId("host-a2")}).has_value());
  const Way copy{NodeId("sto-a"), NodeId("sto-b"), Network::Replication};
  CHECK(address_of_far_end(config, copy).value() == "10.78.0.29");
  CHECK(address_of_far_end(config, {copy.from, NodeId("host-b1"), copy.network}).has_error());
}

TEST_CASE("Each direction of a link has its ends and a control that does not cross it") {
  const LabConfig config = fake_config();
  const auto site = ends_of(config, kBack).value();
  CHECK(describe(site.crossing) == "host-b1 to host-a1");
  CHECK(describe(site.control) == "host-b1 to host-b2");
  const auto third = ends_of(config, {LinkKind::Site, SiteId("w"), SiteId("a")}).value();
  CHECK(describe(third.crossing) == "manager to host-a1");
  CHECK(describe(third.control) == "manager to witness");
  const auto copies = ends_of(config, {LinkKind::Replication, SiteId("a"), SiteId("b")}).value();
  CHECK(describe(copies.crossing) == "sto-a to sto-b over replication");
  CHECK(describe(copies.control) == "sto-a to sto-b");
  CHECK(ends_of(config, {LinkKind::Replication, SiteId("a"), SiteId("w")}).has_error());
}

TEST_CASE("A node is observed from elsewhere, beside a neighbour of its own") {
  const LabConfig config = fake_config();
  const auto host = ends_to(config, NodeId("host-b1")).value();
  CHECK(describe(host.crossing) == "witness to host-b1");
  CHECK(describe(host.control) == "witness to host-b2");
  const auto manager = ends_to(config, NodeId("manager")).value();
  CHECK(describe(manager.control) == "witness to host-a1");  // its neighbour is the observer
  const auto witness = ends_to(config, NodeId("witness")).value();
  CHECK(describe(witness.crossing) == "host-a1 to witness");
  CHECK(describe(witness.control) == "host-a1 to manager");
  CHECK(ends_to(config, NodeId("nobody")).has_error());
}

}  // namespace
}  // namespace splitsite
