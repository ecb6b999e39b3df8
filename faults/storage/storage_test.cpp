// The storage faults on a fake lab: their plans as golden text, which parameters go together, and
// proofs that go red for the reasons they are there for. Their lives are in the catalogue's test.
#include <cstdlib>
#include <filesystem>

#include "faults/measure/replicas.hpp"
#include "faults/storage/disk.hpp"
#include "faults/storage/entries.hpp"
#include "faults/storage/testing_observers.hpp"
#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const LabConfig& lab_config() {
  static const LabConfig config =
      read_lab_config(SPLITSITE_SOURCE_DIR
                      "/harness/lab/description/testdata/stretch-standalone.lab.json")
          .value();
  return config;
}

struct Bed {
  FakeLab lab{lab_config()};
  Bed() { teach_storage(lab); }
};

Result<std::unique_ptr<Fault>> made(const std::string& name, const std::string& parameters) {
  const auto catalogue = storage_faults();
  const auto entry = find_entry(catalogue, name);
  REQUIRE(entry.has_value());
  return make_fault(*entry.value(), parse_parameters(parameters).value(), lab_config());
}

Plan plan_of(const Fault& fault) { return fault.plan(lab_config()).value(); }

std::string plan_text(const std::string& name, const std::string& parameters) {
  const auto fault = made(name, parameters);
  if (!fault) return fault.error().message();
  std::string text;
  for (const Step& step : plan_of(*fault.value())) text += describe(step) + "\n";
  return text;
}

// Injects by hand and returns what the proof says.
std::string proof_of(Bed& bed, const std::string& name, const std::string& parameters) {
  const auto fault = std::move(made(name, parameters).value());
  const Bench bench = bed.lab.bench();
  const auto before = fault->measure_before(bench);
  if (!before) return before.error().message();
  for (const Step& step : plan_of(*fault)) {
    REQUIRE(splitsite::apply(step, FaultId("f"), bench.switches()).has_value());
  }
  const auto proof = fault->prove(bench);
  return proof ? proof.value().measured : proof.error().message();
}

TEST_CASE("A storage node's outage is one step") {
  CHECK(plan_text("storage-power-loss", "node=sto-a") == "power off sto-a\n");
  CHECK(plan_text("storage-hang", "node=sto-b") == "suspend sto-b\n");
  CHECK_THAT(plan_text("storage-hang", "node=host-a1"), Catch::Contains("\"node\""));
}

TEST_CASE("A lost path is blocked on each host, for the portals it leads to") {
  CHECK(plan_text("storage-path-loss", "host=host-a1 portal=sto-b") ==
        "on host-a1: traffic.block {\"direction\":\"both\",\"how\":\"drop\","
        "\"peers\":[\"10.77.0.29\"],\"what\":\"storage\"}\n");
  CHECK(plan_text("storage-path-loss", "site=a how=reject") ==
        "on host-a1: traffic.block {\"direction\":\"both\",\"how\":\"reject\","
        "\"peers\":[\"10.77.0.19\",\"10.77.0.29\"],\"what\":\"storage\"}\n"
        "on host-a2: traffic.block {\"direction\":\"both\",\"how\":\"reject\","
        "\"peers\":[\"10.77.0.19\",\"10.77.0.29\"],\"what\":\"storage\"}\n");
  CHECK_THAT(plan_text("storage-path-loss", "portal=all"), Catch::Contains("\"host\""));
  CHECK_THAT(plan_text("storage-path-loss", "host=host-a1 site=a"), Catch::Contains("\"site\""));
  CHECK_THAT(plan_text("storage-path-loss", "host=host-a1 portal=host-a2"),
             Catch::Contains("\"portal\""));
}

TEST_CASE("The disk is the host's LUN, a VM's volume there, or the disk under a replica") {
  CHECK(plan_text("lun-io-error", "node=host-a1 what=writes") ==
        "on host-a1: io.error {\"device\":\"splitsite-lun\",\"what\":\"writes\"}\n");
  CHECK(plan_text("lun-io-error", "node=host-a1 vm=vm-2") ==
        "on host-a1: io.error {\"device\":\"vol-vm-2\",\"what\":\"all\"}\n");
  CHECK(plan_text("lun-io-error", "node=sto-a") ==
        "on sto-a: replica.attach {}\n"
        "on sto-a: io.error {\"device\":\"splitsite-backing\",\"what\":\"all\"}\n");
  CHECK(plan_text("lun-io-delay", "node=sto-b added=50ms what=reads") ==
        "on sto-b: io.delay {\"delay_ms\":50,\"device\":\"splitsite-backing\","
        "\"what\":\"reads\"}\n");
  CHECK(plan_text("lun-stall", "node=sto-b for=79s") ==
        "on sto-b: io.stall {\"device\":\"splitsite-backing\",\"for_ms\":79000}\n");
  CHECK(plan_text("lun-stall", "node=sto-b") ==
        "on sto-b: io.stall {\"device\":\"splitsite-backing\"}\n");
}

TEST_CASE("What cannot be done or proven is refused by the parameter's name") {
  const auto refused = [](const std::string& name, const std::string& given,
                          const std::string& parameter) {
    INFO(name << " " << given);
    const auto fault = made(name, given);
    REQUIRE(fault.has_error());
    CHECK(fault.error().kind == ErrorKind::Invalid);
    CHECK_THAT(fault.error().message(), Catch::Contains("\"" + parameter + "\""));
  };
  refused("lun-io-error", "node=manager", "node");
  refused("lun-io-error", "node=sto-a vm=vm-1", "vm");
  refused("lun-io-error", "node=sto-a what=writes", "what");
  refused("lun-io-error", "node=host-a1 vm=vm-1 what=writes", "what");
  refused("lun-io-delay", "node=host-a1 added=5ms", "added");
  refused("lun-io-delay", "node=host-a1 vm=vm-1 added=50ms what=writes", "what");
  refused("lun-stall", "node=host-a1 for=1s", "for");
  refused("lun-stall", "node=host-a1 for=80.0005s", "for");
  refused("lun-io-delay", "node=host-a1 added=20.5ms", "added");
  refused("replication-resync", "node=sto-a extent=full outage=3s", "outage");
  refused("replication-pause", "node=host-a1", "node");
}

TEST_CASE("A copy is behind because its disk was away, or because it was thrown away") {
  CHECK(plan_text("replication-resync", "node=sto-b outage=5s") ==
        "on sto-b: replica.pause {}\n"
        "on sto-b: replica.detach {}\n"
        "hold for 5 s (undoing: 0 s)\n"
        "on sto-b: replica.attach {}\n");
  CHECK(plan_text("replication-resync", "node=sto-b extent=full") ==
        "on sto-b: replica.pause {}\n"
        "on sto-b: replica.outdate {}\n");
}

TEST_CASE("Proofs say what was seen through both flows") {
  Bed bed;
  CHECK(proof_of(bed, "lun-stall", "node=host-a1") ==
        "the LUN at host-a1, open flow: silent for 1000 ms, new flow: silent for 1000 ms");
  Bed other;
  CHECK_THAT(proof_of(other, "lun-io-error", "node=host-a1 what=writes"),
             Catch::Contains("open flow: failed (Input/output error)") &&
                 Catch::Contains("reading: the LUN at host-a1, open flow: 1 done"));
}

// A control that is hit as well means that something else is going on.
TEST_CASE("A control that suffers too makes the proof void") {
  struct Case {
    const char* fault;
    const char* parameters;
    const char* node;
    const char* kind;
    nlohmann::json arguments;
  };
  const Case cases[] = {
      {"lun-stall", "node=host-a1", "host-a2", "io.stall", {{"device", "splitsite-lun"}}},
      {"lun-io-error",
       "node=sto-a",
       "sto-b",
       "io.error",
       {{"device", "splitsite-backing"}, {"what", "all"}}},
      {"lun-io-delay",
       "node=host-a1 added=200ms",
       "host-a2",
       "io.delay",
       {{"device", "splitsite-lun"}, {"what", "all"}, {"delay_ms", 200}}},
      {"storage-path-loss",
       "host=host-a1 portal=sto-b",
       "host-a1",
       "traffic.block",
       {{"peers", {"10.77.0.19"}}, {"how", "drop"}}}};
  for (const Case& one : cases) {
    Bed bed;
    INFO(one.fault);
    const auto fault = std::move(made(one.fault, one.parameters).value());
    const Bench bench = bed.lab.bench();
    REQUIRE(fault->measure_before(bench).has_value());
    for (const Step& step : plan_of(*fault)) {
      REQUIRE(splitsite::apply(step, FaultId("f"), bench.switches()).has_value());
    }
    REQUIRE(bed.lab.apply(NodeId(one.node), "other", one.kind, one.arguments).has_value());
    const auto proof = fault->prove(bench);
    REQUIRE(proof.has_error());
    CHECK_THAT(proof.error().message(), Catch::Contains("the control is not affected"));
  }
}

TEST_CASE("A path that is refused where it should be silent is another fault") {
  Bed bed;
  const auto fault = std::move(made("storage-path-loss", "host=host-a1 portal=sto-b").value());
  REQUIRE(fault->measure_before(bed.lab.bench()).has_value());
  REQUIRE(bed.lab
              .apply(NodeId("host-a1"), "f", "traffic.block",
                     {{"peers", {"10.77.0.29"}}, {"how", "reject"}})
              .has_value());
  CHECK_THAT(fault->prove(bed.lab.bench()).error().message(),
             Catch::Contains("new connection refused"));
}

TEST_CASE("Replicas are whole only if neither side holds a resync back") {
  CHECK(Replica{.connection = "Connected", .disk = "UpToDate", .peer_disk = "UpToDate"}.whole());
  CHECK_FALSE(Replica{.connection = "Connected",
                      .disk = "UpToDate",
                      .peer_disk = "UpToDate",
                      .paused_by_peer = true}
                  .whole());
  CHECK_FALSE(
      Replica{.connection = "SyncSource", .disk = "UpToDate", .peer_disk = "Inconsistent"}.whole());
  CHECK_FALSE(
      Replica{.connection = "WFConnection", .disk = "UpToDate", .peer_disk = "DUnknown"}.whole());
}

TEST_CASE("A dead node is no proof of a disk's silence: it could not be asked") {
  Bed bed;
  const auto fault = std::move(made("lun-stall", "node=host-a1").value());
  REQUIRE(fault->measure_before(bed.lab.bench()).has_value());
  REQUIRE(bed.lab.off(NodeId("host-a1")).has_value());
  CHECK(fault->prove(bed.lab.bench()).has_error());
}

TEST_CASE("Each entry's whole life, on the fake lab") {
  for (const CatalogueEntry& entry : storage_faults()) {
    INFO(entry.name);
    Bed bed;
    FakeUndoLog undo;
    const std::filesystem::path dir = make_temporary_directory();
    auto history = HistoryWriter::create((dir / "h.jsonl").string(), bed.lab.clock()).value();
    const auto before = bed.lab.state();
    {
      Injector injector(bed.lab.bench(), undo, history);
      auto active = injector.inject(std::move(made(entry.name, entry.example).value()));
      if (!active) FAIL(active.error().message());
      const auto healed = std::move(active).value().heal();
      if (!healed) FAIL(healed.error().message());
      CHECK_FALSE(injector.dirty());
    }
    CHECK(bed.lab.state() == before);
    std::filesystem::remove_all(dir);
  }
}

// What the node says of a stall that is over, and what the healed fault's proof makes of it.
Proof stall_healed(const char* parameters, const nlohmann::json& said) {
  Bed bed;
  const auto fault = std::move(made("lun-stall", parameters).value());
  const Bench bench = bed.lab.bench();
  REQUIRE(fault->measure_before(bench).has_value());
  bed.lab.observe_by("io.stall", [said](FakeLab&, const NodeId&, const nlohmann::json&) {
    return Result<nlohmann::json>(said);
  });
  const auto healed = fault->prove_healed(bench);
  if (!healed) FAIL(healed.error().message());
  return healed.value();
}

TEST_CASE("A stall of another length than asked is healed, and leaves a doubt") {
  const auto said = [](int least, int most, bool by_itself) {
    return nlohmann::json{
        {"stalled_ms", least}, {"stalled_most_ms", most}, {"by_itself", by_itself}};
  };
  const char* const asked = "node=host-a1 for=80s";
  CHECK(stall_healed(asked, said(80'000, 80'010, true)).doubt.empty());
  CHECK(stall_healed(asked, said(79'990, 80'200, true)).doubt.empty());
  CHECK_THAT(stall_healed(asked, said(81'000, 81'004, true)).doubt, Catch::Contains("81.000"));
  CHECK_FALSE(stall_healed(asked, said(79'000, 79'004, true)).doubt.empty());
  CHECK_FALSE(stall_healed(asked, said(79'000, 81'004, true)).doubt.empty());
  CHECK_FALSE(stall_healed(asked, said(90'000, 90'004, false)).doubt.empty());
  CHECK_THAT(stall_healed(asked, said(3'000, 3'004, false)).measured,
             Catch::Contains("healed before its 80 s"));
  CHECK(stall_healed(asked, said(3'000, 3'004, false)).doubt.empty());
  CHECK(stall_healed("node=host-a1", said(90'000, 90'004, false)).doubt.empty());
  CHECK(stall_healed(asked, nlohmann::json::object()).doubt.empty());
}

}  // namespace
}  // namespace splitsite
