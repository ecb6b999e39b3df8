// Every link fault on the fake lab, on either kind of link and in every direction: proven when it
// is in force, and red when it is not, only half, where it should not be, or still after healing.
#include "faults/link/link_burst_loss.hpp"
#include "faults/link/link_loss.hpp"
#include "faults/link/testing_bed.hpp"
#include "faults/link/testing_link.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};
const LinkDirection kBack{LinkKind::Site, SiteId("b"), SiteId("a")};

std::vector<std::string> link_fault_lines() {
  return {"link-delay sites=a-b added=10ms",
          "link-delay sites=a-b added=20ms jitter=6ms shape=normal",
          "link-loss sites=a-b percent=20",
          "link-loss sites=a-b percent=1",
          "link-loss sites=a-b percent=60",
          "link-burst-loss sites=a-b",
          "link-duplication sites=a-b percent=5",
          "link-corruption sites=a-b percent=5",
          "link-reordering sites=a-b percent=25",
          "link-rate sites=a-b rate=2Mbit",
          "link-cut sites=a-b",
          "link-cut sites=a-b how=reject",
          "link-flap sites=a-b",
          "link-flap sites=a-b how=reject",
          "link-mtu sites=a-b longest=1400"};
}

std::vector<std::string> all_lines() {
  std::vector<std::string> all;
  for (const std::string& line : link_fault_lines()) {
    for (const char* direction : {" direction=both", " direction=a-b", " direction=b-a"}) {
      for (const char* link : {" link=site", " link=replication"}) {
        all.push_back(line + direction + link);
      }
    }
  }
  return all;
}

TEST_CASE("A link fault is proven while it is in force, and healed only afterwards") {
  for (const std::string& line : all_lines()) {
    INFO(line);
    Bed bed;
    FakeLab& lab = bed.lab;
    const auto before = lab.state();
    const auto fault = fault_of(line);
    measure_before(lab, *fault);
    expect(false, fault->prove(lab.bench()));
    put_in_force(lab, *fault);
    expect(true, fault->prove(lab.bench()));
    expect(false, fault->prove_healed(lab.bench()));
    take_off(lab, *fault);
    expect(true, fault->prove_healed(lab.bench()));
    CHECK(lab.state() == before);
  }
}

TEST_CASE("A fault asked for both ways is not proven by one, nor one way by both") {
  for (const std::string& line : link_fault_lines()) {
    INFO(line);
    FakeLab half(fake_config());
    FakeLab twice(fake_config());
    const auto both = fault_of(line);
    const auto there = fault_of(line + " direction=a-b");
    measure_before(half, *both);
    put_in_force(half, *there);
    expect(false, both->prove(half.bench()));
    measure_before(twice, *there);
    put_in_force(twice, *both);
    expect(false, there->prove(twice.bench()));
  }
}

TEST_CASE("Another strength than asked for is not a proof") {
  for (const auto& [asked, made] :
       {std::pair("link-delay sites=a-b added=20ms", "link-delay sites=a-b added=5ms"),
        std::pair("link-loss sites=a-b percent=20", "link-loss sites=a-b percent=5"),
        std::pair("link-loss sites=a-b percent=5", "link-loss sites=a-b percent=20"),
        std::pair("link-burst-loss sites=a-b", "link-loss sites=a-b percent=9"),
        std::pair("link-rate sites=a-b rate=2Mbit", "link-rate sites=a-b rate=4Mbit"),
        std::pair("link-cut sites=a-b", "link-cut sites=a-b how=reject"),
        std::pair("link-cut sites=a-b how=reject", "link-cut sites=a-b"),
        std::pair("link-flap sites=a-b down=30", "link-flap sites=a-b down=70"),
        std::pair("link-flap sites=a-b", "link-loss sites=a-b percent=50"),
        std::pair("link-mtu sites=a-b longest=1400", "link-mtu sites=a-b longest=1399"),
        std::pair("link-mtu sites=a-b longest=1400", "link-mtu sites=a-b longest=1401")}) {
    INFO("asked " << asked << ", made " << made);
    FakeLab lab(fake_config());
    const auto fault = fault_of(asked);
    measure_before(lab, *fault);
    put_in_force(lab, *fault_of(made));
    expect(false, fault->prove(lab.bench()));
  }
}

TEST_CASE("A busy moment before or after a delay does not decide its proof") {
  FakeLab lab(fake_config());
  const auto fault = fault_of("link-delay sites=a-b added=10ms");
  lab.disturb_pings(2, 8ms);
  measure_before(lab, *fault);
  put_in_force(lab, *fault);
  lab.disturb_pings(3, 15ms);
  expect(true, fault->prove(lab.bench()));
}

TEST_CASE("Small jitter is not proven by a lab that became busier, and refused by a busy one") {
  FakeLab lab(fake_config());
  const auto fault = fault_of("link-delay sites=a-b added=5ms jitter=1ms");
  measure_before(lab, *fault);
  put_in_force(lab, *fault);
  expect(true, fault->prove(lab.bench()));
  take_off(lab, *fault);
  put_in_force(lab, *fault_of("link-delay sites=a-b added=5ms"));
  lab.be_restless(3ms);
  expect(false, fault->prove(lab.bench()));
  lab.be_restless(20ms);
  const auto refused = fault->measure_before(lab.bench());
  REQUIRE(refused.has_error());
  CHECK_THAT(refused.error().message(), Catch::Contains("of jitter or more here"));
}

TEST_CASE("A control that is affected too makes the proof void") {
  FakeLab lab(fake_config());
  const auto fault = fault_of("link-cut sites=a-b");
  measure_before(lab, *fault);
  put_in_force(lab, *fault);
  // The third site's view of site a is cut as well: that is the isolation of a site.
  REQUIRE(lab.set({LinkKind::Site, SiteId("a"), SiteId("w")}, {.cut = Cut::Drop}).has_value());
  expect(false, fault->prove(lab.bench()));
}

TEST_CASE("Sites that lost each other still see the third: overlapping views") {
  FakeLab lab(fake_config());
  const auto fault = fault_of("link-cut sites=a-b");
  measure_before(lab, *fault);
  put_in_force(lab, *fault);
  const auto proof = fault->prove(lab.bench());
  REQUIRE(proof.has_value());
  for (const char* seen : {"host-a1 to witness: connected", "host-b1 to witness: connected"}) {
    CHECK_THAT(proof.value().control, Catch::Contains(seen));
  }
}

TEST_CASE("Two faults share a link, and each is healed by itself") {
  FakeLab lab(fake_config());
  const auto loss = fault_of("link-loss sites=a-b percent=20");
  const auto delay = fault_of("link-delay sites=a-b added=10ms");
  measure_before(lab, *loss);
  put_in_force(lab, *loss);
  expect(true, loss->prove(lab.bench()));
  measure_before(lab, *delay);
  const auto plan = delay->plan(lab.config()).value();
  for (const Step& step : plan) {
    REQUIRE(splitsite::apply(step, FaultId("g"), lab.bench().switches()).has_value());
  }
  expect(true, delay->prove(lab.bench()));
  take_off(lab, *loss);
  expect(true, loss->prove_healed(lab.bench()));
  expect(true, delay->prove(lab.bench()));
  CHECK(lab.read(kThere).value() == Impairment{.delay = 10ms});
  CHECK(lab.read(kBack).value() == Impairment{.delay = 10ms});
}

TEST_CASE("Two faults of one kind share a link, and the first one's heal is told from the second") {
  FakeLab lab(fake_config());
  const auto first = fault_of("link-delay sites=a-b added=20ms");
  const auto second = fault_of("link-delay sites=a-b added=30ms");
  measure_before(lab, *first);
  put_in_force(lab, *first);
  measure_before(lab, *second);
  const auto plan = second->plan(lab.config()).value();
  for (const Step& step : plan) {
    REQUIRE(splitsite::apply(step, FaultId("g"), lab.bench().switches()).has_value());
  }
  take_off(lab, *first);
  Bench bench = lab.bench();
  expect(false, first->prove_healed(bench));  // the second one's delay is taken for its own
  bench.healing = true;
  expect(true, first->prove_healed(bench));
  REQUIRE(lab.set(kThere, {}).has_value());
  expect(false, first->prove_healed(bench));  // not as the second one needs it
}

TEST_CASE("A link is healed even if the nodes that measured it died meanwhile") {
  for (const std::string& line : link_fault_lines()) {
    INFO(line);
    FakeLab lab(fake_config());
    const auto fault = fault_of(line);
    measure_before(lab, *fault);
    put_in_force(lab, *fault);
    REQUIRE(lab.off(NodeId("host-a1")).has_value());
    REQUIRE(lab.suspend(NodeId("host-b1")).has_value());
    expect(false, fault->prove_healed(lab.bench()));
    take_off(lab, *fault);
    expect(true, fault->prove_healed(lab.bench()));
  }
}

TEST_CASE("With nobody left at one end, a link is healed if the wan node says so") {
  FakeLab lab(fake_config());
  const auto fault = fault_of("link-loss sites=a-b percent=20");
  measure_before(lab, *fault);
  put_in_force(lab, *fault);
  for (const char* node : {"host-a1", "host-a2", "sto-a"}) {
    REQUIRE(lab.off(NodeId(node)).has_value());
  }
  expect(false, fault->prove_healed(lab.bench()));
  take_off(lab, *fault);
  const auto proof = fault->prove_healed(lab.bench());
  expect(true, proof);
  CHECK_THAT(proof_text(proof), Catch::Contains("no node is left"));
}

TEST_CASE("No connection is left open when a fault is gone") {
  FakeLab lab(fake_config());
  {
    const auto fault = fault_of("link-cut sites=a-b");
    measure_before(lab, *fault);
    CHECK(lab.open_flows() == 2);
  }
  CHECK(lab.open_flows() == 0);
}

TEST_CASE("Correlation takes away from the loss, and bursts are as long as their states") {
  CHECK(mean_loss_percent(20, 0) == 20);
  CHECK(mean_loss_percent(20, 25) == Approx(10.2).margin(0.3));
  CHECK(mean_loss_percent(50, 50) == Approx(50).margin(1));
  CHECK(mean_run({.enter_percent = 1, .leave_percent = 10}) == Approx(10));
  CHECK(mean_run({.enter_percent = 1, .leave_percent = 10, .bad_loss_percent = 50}) ==
        Approx(1.82).margin(0.01));
}

}  // namespace
}  // namespace splitsite
