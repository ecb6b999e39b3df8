// The site faults on the fake lab: their plans as golden text, their draws, and what their proofs
// refuse. The life cycle they share with all faults is in faults/catalogue_test.cpp.
#include <algorithm>
#include <set>

#include "faults/site/entries.hpp"
#include "faults/site/site_compute_loss.hpp"
#include "faults/site/site_isolation.hpp"
#include "faults/site/site_power_loss.hpp"
#include "faults/site/site_rolling_loss.hpp"
#include "faults/site/site_storage_loss.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// The plan, or the error, of a fault as a person types it.
std::string text_of(const std::string& fault, const std::string& parameters) {
  static const Catalogue catalogue = site_faults();
  const LabConfig config = fake_config();
  const auto entry = find_entry(catalogue, fault);
  const auto given = parse_parameters(parameters);
  if (!entry || !given) return "cannot be asked for";
  const auto made = make_fault(*entry.value(), given.value(), config);
  if (!made) return made.error().message();
  const auto plan = made.value()->plan(config);
  if (!plan) return plan.error().message();
  std::string text;
  for (const Step& step : plan.value()) text += describe(step) + "\n";
  return text;
}

Duration total(const Plan& plan, Duration Hold::*part) {
  Duration sum{};
  for (const Step& step : plan) {
    if (const auto* hold = std::get_if<Hold>(&step)) sum += hold->*part;
  }
  return sum;
}

std::vector<NodeId> order_of(const Plan& plan) {
  std::vector<NodeId> order;
  for (const Step& step : plan) {
    if (const auto* off = std::get_if<PowerOff>(&step)) order.push_back(off->node);
  }
  return order;
}

TEST_CASE("Power loss takes every host and the storage node of the site at once") {
  CHECK(text_of("site-power-loss", "site=a") ==
        "power off host-a1\npower off host-a2\npower off sto-a\n");
}

TEST_CASE("The loss of compute spares the storage, and the loss of storage the hosts") {
  CHECK(text_of("site-compute-loss", "site=b") == "power off host-b1\npower off host-b2\n");
  CHECK(text_of("site-storage-loss", "site=b") == "power off sto-b\n");
}

TEST_CASE("A staggered return changes nothing about the loss and lets time pass while undoing") {
  CHECK(text_of("site-power-loss", "site=a return=staggered return-gap=20s seed=7") ==
        "power off host-a2\nhold for 0 s (undoing: 15.17 s)\npower off sto-a\n"
        "hold for 0 s (undoing: 15.84 s)\npower off host-a1\n");
}

TEST_CASE("A rolling loss goes in the order given, over the time given") {
  CHECK(text_of("site-rolling-loss", "site=a over=6s order=sto-a,host-a2,host-a1") ==
        "power off sto-a\nhold for 4 s (undoing: 0 s)\npower off host-a2\n"
        "hold for 2 s (undoing: 0 s)\npower off host-a1\n");
}

TEST_CASE("A seed draws the same rolling loss each time, within 1 to 60 s, in every order") {
  std::set<std::vector<NodeId>> orders;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const SiteRollingLoss fault(SiteId("a"), {}, {.staggered = true, .seed = seed});
    const Plan plan = fault.plan(fake_config()).value();
    CHECK(plan == fault.plan(fake_config()).value());
    CHECK(total(plan, &Hold::applying) >= 1s);
    CHECK(total(plan, &Hold::applying) <= 60s);
    CHECK(total(plan, &Hold::undoing) >= 1s);
    CHECK(total(plan, &Hold::undoing) <= 20s);
    orders.insert(order_of(plan));
  }
  CHECK(orders.size() == 6);
}

TEST_CASE("Isolation cuts every site link of the site, and the replication only if asked") {
  CHECK(text_of("site-isolation", "site=a") ==
        "add to site link a to b: cut (drop)\nadd to site link b to a: cut (drop)\n"
        "add to site link a to w: cut (drop)\nadd to site link w to a: cut (drop)\n");
  CHECK(text_of("site-isolation", "site=b replication=yes how=reject") ==
        "add to site link a to b: cut (reject)\nadd to site link b to a: cut (reject)\n"
        "add to site link b to w: cut (reject)\nadd to site link w to b: cut (reject)\n"
        "add to replication link a to b: cut (reject)\nadd to replication link b to a: cut "
        "(reject)\n");
}

TEST_CASE("A site fault's wrong parameter is named together with what is allowed") {
  CHECK_THAT(text_of("site-power-loss", "site=x"), Catch::Contains("name one of: a, b"));
  CHECK_THAT(text_of("site-isolation", "site=w"), Catch::Contains("name one of: a, b"));
  CHECK_THAT(text_of("site-isolation", "site=a how=sometimes"), Catch::Contains("drop, reject"));
  CHECK_THAT(text_of("site-rolling-loss", "site=a over=61s"), Catch::Contains("1 s to 60 s"));
  CHECK_THAT(text_of("site-power-loss", "site=a seed=7"),
             Catch::Contains("\"seed\"") && Catch::Contains("needs return=staggered"));
  CHECK(text_of("site-rolling-loss", "site=a seed=7") !=
        text_of("site-rolling-loss", "site=a seed=8"));
  CHECK_THAT(text_of("site-rolling-loss", "site=a order=host-a1,sto-a"),
             Catch::Contains("give these in any order: host-a1, host-a2, sto-a"));
  CHECK_THAT(text_of("site-rolling-loss", "site=a order=host-a1,host-a1,sto-a"),
             Catch::Contains("names \"host-a1\" twice"));
  CHECK_THAT(text_of("site-power-loss", "site=a return-gap=5s"),
             Catch::Contains("needs return=staggered"));
}

TEST_CASE("The faults as the suites make them say the same as those from the catalogue") {
  CHECK(SitePowerLoss(SiteId("a")).describe() == "power loss of site a");
  CHECK(SiteIsolation(SiteId("a")).describe() ==
        "isolation of site a from all other sites, replication untouched");
}

TEST_CASE("A control that is affected too makes the proof void") {
  FakeLab lab(fake_config());
  SitePowerLoss fault(SiteId("a"));
  REQUIRE(fault.measure_before(lab.bench()).has_value());
  for (const char* node : {"host-a1", "host-a2", "sto-a", "host-b1"}) {
    REQUIRE(lab.off(NodeId(node)).has_value());
  }
  const auto proof = fault.prove(lab.bench());
  REQUIRE(proof.has_error());
  CHECK_THAT(proof.error().message(), Catch::Contains("the control is not affected"));
}

TEST_CASE("A loss of compute that took the storage too is not proven") {
  FakeLab lab(fake_config());
  SiteComputeLoss fault(SiteId("a"));
  REQUIRE(fault.measure_before(lab.bench()).has_value());
  for (const char* node : {"host-a1", "host-a2", "sto-a"}) {
    REQUIRE(lab.off(NodeId(node)).has_value());
  }
  const auto proof = fault.prove(lab.bench());
  REQUIRE(proof.has_error());
  CHECK_THAT(proof.error().message(), Catch::Contains("the rest of the site is not affected"));
}

TEST_CASE("An isolation is no isolation while one link still carries") {
  FakeLab lab(fake_config());
  SiteIsolation fault(SiteId("a"));
  REQUIRE(fault.measure_before(lab.bench()).has_value());
  const Plan plan = fault.plan(lab.config()).value();
  for (const Step& step : plan) {
    const auto* link = std::get_if<ImpairLink>(&step);
    if (link == nullptr || link->direction.from == SiteId("b") ||
        link->direction.to == SiteId("b")) {
      continue;
    }
    REQUIRE(apply(step, FaultId("f"), lab.bench().switches()).has_value());
  }
  const auto proof = fault.prove(lab.bench());
  REQUIRE(proof.has_error());
  CHECK_THAT(proof.error().message(), Catch::Contains("host-b1 to host-a1: 3 of 3 answered"));
}

TEST_CASE("An isolated site whose host died meanwhile is healed all the same") {
  FakeLab lab(fake_config());
  SiteIsolation fault(SiteId("a"));
  REQUIRE(fault.measure_before(lab.bench()).has_value());
  const Plan plan = fault.plan(lab.config()).value();
  for (const Step& step : plan) {
    REQUIRE(apply(step, FaultId("f"), lab.bench().switches()).has_value());
  }
  REQUIRE(fault.prove(lab.bench()).has_value());
  REQUIRE(lab.off(NodeId("host-a1")).has_value());
  CHECK(fault.prove_healed(lab.bench()).has_error());
  REQUIRE(undo_all(plan, FaultId("f"), lab.bench().switches()).has_value());
  const auto proof = fault.prove_healed(lab.bench());
  REQUIRE(proof.has_value());
  CHECK_THAT(proof.value().measured, Catch::Contains("an end has no power"));
}

TEST_CASE("An isolation by rejection breaks open connections, one by dropping does not") {
  for (const Cut how : {Cut::Drop, Cut::Reject}) {
    FakeLab lab(fake_config());
    SiteIsolation fault(SiteId("a"), {.replication = true, .how = how});
    REQUIRE(fault.measure_before(lab.bench()).has_value());
    SiteIsolation other(SiteId("a"),
                        {.replication = true, .how = how == Cut::Drop ? Cut::Reject : Cut::Drop});
    const Plan plan = other.plan(lab.config()).value();
    for (const Step& step : plan) {
      REQUIRE(apply(step, FaultId("f"), lab.bench().switches()).has_value());
    }
    CHECK(fault.prove(lab.bench()).has_error());
  }
}

}  // namespace
}  // namespace splitsite
