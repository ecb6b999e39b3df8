// A cut of the replication on the fake lab, with storage nodes that arbitrate: the proof waits for
// the one that loses to be reset and back, and is red where nothing is settled.
#include "faults/link/testing_bed.hpp"
#include "faults/link/testing_link.hpp"

namespace splitsite {
namespace {

TEST_CASE("A cut of the replication leaves the site network between the same nodes alone") {
  Bed bed;
  const auto fault = fault_of("link-cut sites=a-b link=replication");
  measure_before(bed.lab, *fault);
  put_in_force(bed.lab, *fault);
  const auto proof = fault->prove(bed.lab.bench());
  REQUIRE(proof.has_value());
  CHECK_THAT(proof.value().measured, Catch::Contains("sto-a to sto-b over replication") &&
                                         Catch::Contains("neither was reset"));
  CHECK_THAT(proof.value().control, Catch::Contains("sto-a to sto-b: 20 of 20 arrived"));
}

// The storage node that loses is reset some looks later and is away for some more.
void teach_arbitration(FakeLab& lab, const NodeId& loser) {
  lab.observe_by("node.reboot",
                 [loser, looks = 0](FakeLab& on, const NodeId& node,
                                    const nlohmann::json&) mutable -> Result<nlohmann::json> {
                   const LinkDirection link{LinkKind::Replication, SiteId("a"), SiteId("b")};
                   if (on.read(link).value().cut != Cut::None && node == loser) {
                     if (++looks == 4) REQUIRE(on.suspend(node).has_value());
                     if (looks == 10) REQUIRE(on.resume(node).has_value());
                     if (looks == 10) REQUIRE(on.reset(node).has_value());
                   }
                   if (!on.runs(node)) return host_observers::unheard(node);
                   return host_observers::life(on, node);
                 });
}

TEST_CASE("A cut of the replication waits for the storage node that loses to be reset and back") {
  for (const char* direction : {"both", "a-b"}) {
    INFO(direction);
    Bed bed;
    const NodeId loser("sto-b");
    teach_arbitration(bed.lab, loser);
    const auto fault =
        fault_of(std::string("link-cut sites=a-b link=replication direction=") + direction);
    measure_before(bed.lab, *fault);
    put_in_force(bed.lab, *fault);
    const auto proof = fault->prove(bed.lab.bench());
    if (!proof) FAIL(proof.error().message());
    CHECK(bed.lab.boots(loser) == 1);
    CHECK_THAT(proof.value().measured,
               Catch::Contains("sto-b lost the arbitration and was reset") &&
                   Catch::Contains("ended with the node"));
    expect(false, fault->prove_healed(bed.lab.bench()));
    take_off(bed.lab, *fault);
    expect(true, fault->prove_healed(bed.lab.bench()));
  }
}

TEST_CASE("A cut of the replication that parts no replicas is not proven") {
  Bed bed;
  const auto fault = fault_of("link-cut sites=a-b link=replication");
  measure_before(bed.lab, *fault);
  put_in_force(bed.lab, *fault);
  bed.lab.observe_by("replica.attach", [](FakeLab&, const NodeId&, const nlohmann::json&) {
    return Result<nlohmann::json>(nlohmann::json{
        {"connection", "Connected"}, {"disk", "UpToDate"}, {"peer_disk", "UpToDate"}});
  });
  CHECK_THAT(proof_text(fault->prove(bed.lab.bench())),
             Catch::Contains("the replicas have parted"));
}

}  // namespace
}  // namespace splitsite
