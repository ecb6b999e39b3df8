#include "harness/fault/link_owner.hpp"

#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};
const FaultId kSlow("slow");
const FaultId kLossy("lossy");

LabConfig with_baseline() {
  LabConfig config = fake_config();
  config.links.front().first_to_second.delay = 3ms;
  return config;
}

TEST_CASE("Faults on one direction add up, and healing one leaves the other, in any order") {
  for (const bool slow_first : {true, false}) {
    FakeLab lab(with_baseline());
    LinkOwner owner(lab);
    REQUIRE(owner.add(kThere, kSlow, {.delay = 10ms}).has_value());
    REQUIRE(owner.add(kThere, kLossy, {.loss_percent = 2}).has_value());
    CHECK(lab.read(kThere).value() == Impairment{.delay = 13ms, .loss_percent = 2});
    REQUIRE(owner.remove(kThere, slow_first ? kSlow : kLossy).has_value());
    CHECK(lab.read(kThere).value() ==
          (slow_first ? Impairment{.delay = 3ms, .loss_percent = 2} : Impairment{.delay = 13ms}));
    REQUIRE(owner.remove(kThere, slow_first ? kLossy : kSlow).has_value());
    CHECK(lab.read(kThere).value() == lab.baseline(kThere));
  }
}

TEST_CASE("A fault nobody knows is undone to the baseline: its harness died") {
  FakeLab lab(with_baseline());
  REQUIRE(lab.set(kThere, {.cut = Cut::Drop}).has_value());
  LinkOwner owner(lab);
  REQUIRE(owner.remove(kThere, kSlow).has_value());
  CHECK(lab.read(kThere).value() == lab.baseline(kThere));
}

TEST_CASE("What one leaf cannot do is refused before anything changes") {
  FakeLab lab(with_baseline());
  LinkOwner owner(lab);
  REQUIRE(owner.add(kThere, kLossy, {.bursts = BurstLoss{1, 10}}).has_value());
  const auto before = lab.state();
  const auto second = owner.add(kThere, kSlow, {.bursts = BurstLoss{2, 20}});
  REQUIRE(second.has_error());
  CHECK(second.error().kind == ErrorKind::Conflict);
  CHECK(lab.state() == before);
}

TEST_CASE("Independent losses, the smallest rate, and silence over an answer") {
  const auto sum = compose({}, {{.loss_percent = 50, .rate_bits_per_second = 0, .cut = Cut::Reject},
                                {.loss_percent = 50, .rate_bits_per_second = 7, .cut = Cut::Drop},
                                {.rate_bits_per_second = 9}});
  REQUIRE(sum.has_value());
  CHECK(sum.value().loss_percent == 75);
  CHECK(sum.value().rate_bits_per_second == 7);
  CHECK(sum.value().cut == Cut::Drop);
}

TEST_CASE("A whole cut covers a flapping one while it lasts") {
  FakeLab lab(with_baseline());
  LinkOwner owner(lab);
  const Impairment flaps{.cut = Cut::Reject, .flapping = Flapping{2s, 1s}};
  REQUIRE(owner.add(kThere, kSlow, flaps).has_value());
  REQUIRE(owner.add(kThere, kLossy, {.cut = Cut::Drop}).has_value());
  CHECK(lab.read(kThere).value() == Impairment{.delay = 3ms, .cut = Cut::Drop});
  REQUIRE(owner.remove(kThere, kLossy).has_value());
  CHECK(lab.read(kThere).value().flapping == flaps.flapping);
}

}  // namespace
}  // namespace splitsite
