// The faults of single nodes' networks on the fake lab: proven when they are in force and red when
// they are not, are only half, or hit what must not be hit.
#include "faults/link/testing_link.hpp"

namespace splitsite {
namespace {

void expect(bool proven, const Result<Proof>& proof) {
  INFO(proof_text(proof));
  CHECK(proof.has_value() == proven);
}

// The rules stop a packet of an open session at every look, as a host in use makes them.
void teach_sessions(FakeLab& lab) {
  lab.observe_by("traffic.block",
                 [packets = 0](FakeLab& on, const NodeId& node,
                               const nlohmann::json&) mutable -> Result<nlohmann::json> {
                   const bool in_force = on.in_force(node, "traffic.block");
                   if (in_force) ++packets;
                   return nlohmann::json{{"in_force", in_force}, {"packets", packets}};
                 });
}

const std::vector<std::string> kLines{
    "partition nodes=host-a1 from=host-b1",
    "partition nodes=host-a1,sto-a from=host-b1,host-b2,sto-b how=reject",
    "partition nodes=host-a1,host-a2 from=sto-a,manager",
    "partition nodes=host-a1,sto-a from=host-b1,sto-b direction=from-to",
    "partition nodes=host-a1 from=host-b1,host-b2 direction=from-to how=reject",
    "host-network-cut host=host-a2",
    "host-network-cut host=host-a2 how=reject",
    "host-network-cut host=host-a2 traffic=management",
    "host-network-cut host=host-a2 traffic=storage",
    "host-network-cut host=host-a2 traffic=storage how=reject",
    "nic-down node=host-a2",
    "nic-down node=sto-a device=eth1",
    "nic-down node=witness"};

TEST_CASE("A node's network fault is proven while it is in force, and healed only afterwards") {
  for (const std::string& line : kLines) {
    INFO(line);
    FakeLab lab(fake_config());
    teach_sessions(lab);
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

TEST_CASE("A storage cut that leaves open sessions alone is not proven") {
  FakeLab lab(fake_config());
  lab.observe_by("traffic.block", [](FakeLab&, const NodeId&, const nlohmann::json&) {
    return Result<nlohmann::json>(nlohmann::json{{"in_force", true}, {"packets", 4}});
  });
  const auto fault = fault_of("host-network-cut host=host-a2 traffic=storage");
  measure_before(lab, *fault);
  put_in_force(lab, *fault);
  CHECK_THAT(proof_text(fault->prove(lab.bench())), Catch::Contains("open sessions"));
  expect(false, fault->prove(lab.bench()));
}

TEST_CASE("More than was asked for, or less, is not a proof") {
  for (const auto& [asked, made] :
       {std::pair("host-network-cut host=host-a2 traffic=management",
                  "host-network-cut host=host-a2"),
        std::pair("host-network-cut host=host-a2 traffic=storage", "host-network-cut host=host-a2"),
        std::pair("host-network-cut host=host-a2",
                  "host-network-cut host=host-a2 traffic=management"),
        std::pair("host-network-cut host=host-a2", "host-network-cut host=host-a2 traffic=storage"),
        std::pair("nic-down node=sto-a device=eth1", "nic-down node=sto-a"),
        std::pair("partition nodes=host-a1,sto-a from=host-b1",
                  "partition nodes=host-a1 from=host-b1"),
        std::pair("partition nodes=sto-a from=sto-b", "nic-down node=sto-a"),
        std::pair("partition nodes=host-a1 from=host-b1",
                  "partition nodes=host-a1 from=host-b1 direction=from-to"),
        std::pair("partition nodes=host-a1 from=host-b1 direction=from-to",
                  "partition nodes=host-a1 from=host-b1"),
        std::pair("partition nodes=host-a1 from=host-b1 direction=from-to",
                  "partition nodes=host-b1 from=host-a1 direction=from-to"),
        std::pair("partition nodes=host-a1 from=host-b1", "nic-down node=host-a1")}) {
    INFO("asked " << asked << ", made " << made);
    FakeLab lab(fake_config());
    const auto fault = fault_of(asked);
    measure_before(lab, *fault);
    put_in_force(lab, *fault_of(made));
    expect(false, fault->prove(lab.bench()));
  }
}

LabConfig config_with_guests() {
  LabConfig config = fake_config();
  config.vms.push_back({.name = VmId("vm-1"), .home = SiteId("a"), .address = "10.77.0.101/24"});
  config.vms.push_back({.name = VmId("vm-2"), .home = SiteId("a"), .address = "10.77.0.102/24"});
  return config;
}

struct GuestBed {
  FakeLab lab{config_with_guests()};
  std::unique_ptr<Fault> fault = fault_of("host-network-cut host=host-a2 traffic=guests");

  GuestBed() {
    teach_sessions(lab);
    lab.observe_by(
        "process.stop", [](FakeLab& on, const NodeId& node, const nlohmann::json& asked) {
          const VmId vm(asked.at("process").get<std::string>().substr(3));
          return Result<nlohmann::json>(nlohmann::json{{"running", on.runs_guest(vm, node)}});
        });
    lab.run_guest(VmId("vm-1"), NodeId("host-a1"));
    lab.run_guest(VmId("vm-2"), NodeId("host-a2"));
  }
};

TEST_CASE("Guests fall silent while their host and the other hosts' guests are heard") {
  GuestBed bed;
  measure_before(bed.lab, *bed.fault);
  expect(false, bed.fault->prove(bed.lab.bench()));
  put_in_force(bed.lab, *bed.fault);
  const auto proof = bed.fault->prove(bed.lab.bench());
  expect(true, proof);
  CHECK_THAT(proof_text(proof), Catch::Contains("vm-2 silent") && Catch::Contains("vm-1 heard") &&
                                    Catch::Contains("packets stopped"));
  expect(false, bed.fault->prove_healed(bed.lab.bench()));
  take_off(bed.lab, *bed.fault);
  expect(true, bed.fault->prove_healed(bed.lab.bench()));
}

TEST_CASE("Another host's silent guest, or one that ended, does not prove a cut of guests") {
  GuestBed bed;
  measure_before(bed.lab, *bed.fault);
  put_in_force(bed.lab, *bed.fault);
  SECTION("a guest elsewhere is silent too") {
    bed.lab.run_guest(VmId("vm-1"), NodeId("nowhere"));
    CHECK_THAT(proof_text(bed.fault->prove(bed.lab.bench())), Catch::Contains("vm-1 silent"));
  }
  SECTION("the guest moved to another host") {
    bed.lab.run_guest(VmId("vm-2"), NodeId("host-a1"));
    CHECK_THAT(proof_text(bed.fault->prove(bed.lab.bench())), Catch::Contains("ran there before"));
  }
  SECTION("the rules stopped nothing") {
    bed.lab.observe_by("traffic.block", [](FakeLab&, const NodeId&, const nlohmann::json&) {
      return Result<nlohmann::json>(nlohmann::json{{"in_force", true}, {"packets", 0}});
    });
    CHECK_THAT(proof_text(bed.fault->prove(bed.lab.bench())), Catch::Contains("0 packets stopped"));
  }
  expect(false, bed.fault->prove(bed.lab.bench()));
}

TEST_CASE("With no guest on the host, or a silent one, a cut of its guests is not made") {
  GuestBed bed;
  bed.lab.run_guest(VmId("vm-2"), NodeId("host-a1"));
  CHECK_THAT(bed.fault->measure_before(bed.lab.bench()).error().message(),
             Catch::Contains("a guest runs on host-a2"));
}

TEST_CASE("A node that lost its power meanwhile has nothing to heal") {
  for (const auto& [line, node] : {std::pair("partition nodes=host-a1 from=host-b1", "host-b1"),
                                   std::pair("host-network-cut host=host-a2", "host-a2"),
                                   std::pair("nic-down node=host-a2", "host-a2")}) {
    INFO(line);
    FakeLab lab(fake_config());
    const auto fault = fault_of(line);
    measure_before(lab, *fault);
    put_in_force(lab, *fault);
    REQUIRE(lab.off(NodeId(node)).has_value());
    take_off(lab, *fault);
    const auto proof = fault->prove_healed(lab.bench());
    REQUIRE(proof.has_value());
    CHECK_THAT(proof.value().measured, Catch::Contains("nothing to heal"));
  }
}

TEST_CASE("Two partitions of the same nodes from the same others are one too many") {
  const auto plan = fault_of("partition nodes=host-a1 from=host-b1")->plan(fake_config()).value();
  const auto other = fault_of("partition nodes=host-a1 from=host-b2")->plan(fake_config()).value();
  CHECK(resource_of(plan.front()) == "traffic with host-b1 of host-a1");
  CHECK(resource_of(plan.front()) != resource_of(other.front()));
}

}  // namespace
}  // namespace splitsite
