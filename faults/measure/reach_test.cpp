// Open, silent and refused ways, one direction at a time, for new and for old connections; and each
// claim is found out when it is wrong.
#include "faults/measure/reach.hpp"

#include "faults/measure/open_flow.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const Way kWay{NodeId("host-a1"), NodeId("host-b1")};
const LinkDirection kThere{LinkKind::Site, SiteId("a"), SiteId("b")};
const LinkDirection kBack{LinkKind::Site, SiteId("b"), SiteId("a")};

void cut(FakeLab& lab, const LinkDirection& direction, Cut how) {
  REQUIRE(lab.set(direction, {.cut = how}).has_value());
}

TEST_CASE("A clear way is open both ways and nobody can claim that it is not") {
  FakeLab lab(fake_config());
  const Bench bench = lab.bench();
  const auto open = both_ways_open(bench, kWay);
  REQUIRE(open.has_value());
  CHECK_THAT(open.value(), Catch::Contains("host-b1 to host-a1: 20 of 20 arrived"));
  CHECK(both_ways_silent(bench, kWay).has_error());
  CHECK(nothing_arrives(bench, kWay).has_error());
  CHECK(connection_times_out(bench, {kWay}).has_error());
  CHECK(connection_is_refused(bench, {kWay}).has_error());
}

TEST_CASE("A way that is cut in silence is dead for datagrams and for new connections") {
  FakeLab lab(fake_config());
  cut(lab, kThere, Cut::Drop);
  const Bench bench = lab.bench();
  CHECK(nothing_arrives(bench, kWay).has_value());
  CHECK(connection_times_out(bench, {kWay}).has_value());
  CHECK(arrives(bench, kWay).has_error());
  CHECK(connects(bench, {kWay}).has_error());
  CHECK(connection_is_refused(bench, {kWay}).has_error());
  // One direction only: the other passes, so this is no silence of both.
  CHECK(arrives(bench, turned(kWay)).has_value());
  CHECK(both_ways_silent(bench, kWay).has_error());
  CHECK(both_ways_open(bench, kWay).has_error());
  cut(lab, kBack, Cut::Drop);
  CHECK(both_ways_silent(bench, kWay).has_value());
}

TEST_CASE("A refusal is not silence") {
  FakeLab lab(fake_config());
  cut(lab, kThere, Cut::Reject);
  const Bench bench = lab.bench();
  CHECK(connection_is_refused(bench, {kWay}).has_value());
  CHECK(connection_times_out(bench, {kWay}).has_error());
  CHECK(nothing_arrives(bench, kWay).has_value());
}

TEST_CASE("A way that swallows long packets passes short ones") {
  FakeLab lab(fake_config());
  REQUIRE(lab.set(kThere, {.longest_packet = 600}).has_value());
  CHECK(arrives(lab.bench(), kWay, 500).has_value());
  CHECK(nothing_arrives(lab.bench(), kWay, 1000).has_value());
  CHECK(arrives(lab.bench(), kWay, 1000).has_error());
}

TEST_CASE("A node that blocks one service is reached by the others") {
  FakeLab lab(fake_config());
  const Way to_storage{NodeId("host-a1"), NodeId("sto-a")};
  const nlohmann::json portal{
      {"direction", "out"}, {"what", "storage"}, {"peers", {"10.77.0.19"}}, {"how", "drop"}};
  REQUIRE(lab.apply(NodeId("host-a1"), "f1", "traffic.block", portal).has_value());
  CHECK(connection_times_out(lab.bench(), {to_storage, 3260}).has_value());
  CHECK(connects(lab.bench(), {to_storage}).has_value());
  CHECK(connects(lab.bench(), {{NodeId("host-a2"), NodeId("sto-a")}, 3260}).has_value());
  CHECK(connects(lab.bench(), {{NodeId("host-a1"), NodeId("sto-b")}, 3260}).has_value());
}

TEST_CASE("An open connection goes silent with a cut and answers after it") {
  FakeLab lab(fake_config());
  auto flow = OpenFlow::open(lab.bench(), kWay).value();
  CHECK(flow.answers(lab.bench()).has_value());
  CHECK(flow.is_silent(lab.bench()).has_error());
  CHECK(flow.is_broken(lab.bench()).has_error());
  cut(lab, kBack, Cut::Drop);
  CHECK(flow.is_silent(lab.bench()).has_value());
  CHECK(flow.answers(lab.bench()).has_error());
  CHECK(flow.is_over_it(lab.bench()).has_error());
  cut(lab, kBack, Cut::None);
  CHECK(flow.answers(lab.bench()).has_value());
  CHECK(flow.is_over_it(lab.bench()).has_value());
}

TEST_CASE("An open connection that was reset stays broken, which is a legal end") {
  FakeLab lab(fake_config());
  auto flow = OpenFlow::open(lab.bench(), kWay).value();
  cut(lab, kThere, Cut::Reject);
  CHECK(flow.is_broken(lab.bench()).has_value());
  CHECK(flow.is_silent(lab.bench()).has_error());
  cut(lab, kThere, Cut::None);
  CHECK(flow.answers(lab.bench()).has_error());
  CHECK(flow.is_over_it(lab.bench()).has_value());
}

TEST_CASE("A flow is closed with its owner, once") {
  FakeLab lab(fake_config());
  {
    auto flow = OpenFlow::open(lab.bench(), kWay).value();
    std::optional<OpenFlow> kept(std::move(flow));
    CHECK(lab.open_flows() == 1);
    kept = OpenFlow::open(lab.bench(), turned(kWay)).value();
    CHECK(lab.open_flows() == 1);
  }
  CHECK(lab.open_flows() == 0);
  cut(lab, kThere, Cut::Drop);
  CHECK(OpenFlow::open(lab.bench(), kWay).has_error());
}

}  // namespace
}  // namespace splitsite
