// The faults of hosts on the fake lab: what their proofs say when the fault has another effect than
// it should, and the legal ends. The life every entry has to go through is tested for all groups
// together.
#include <cstdlib>
#include <filesystem>

#include "faults/host/clock_drift.hpp"
#include "faults/host/clock_step.hpp"
#include "faults/host/cpu_starvation.hpp"
#include "faults/host/disk_full.hpp"
#include "faults/host/entries.hpp"
#include "faults/host/host_hang.hpp"
#include "faults/host/host_panic.hpp"
#include "faults/host/host_power_loss.hpp"
#include "faults/host/host_reset.hpp"
#include "faults/host/host_shutdown.hpp"
#include "faults/host/memory_pressure.hpp"
#include "faults/host/testing_observers.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const NodeId kHost("host-a1");
const NodeId kBeside("host-a2");

struct Bed {
  FakeLab lab{fake_config()};
  Bed() { teach_hosts(lab); }

  Plan plan_of(const Fault& fault) const { return fault.plan(lab.config()).value(); }
  void apply_all(const Fault& fault) {
    for (const Step& step : plan_of(fault)) {
      REQUIRE(splitsite::apply(step, FaultId("f"), lab.bench().switches()).has_value());
    }
  }
  void undo(const Fault& fault) {
    REQUIRE(undo_all(plan_of(fault), FaultId("f"), lab.bench().switches()).has_value());
  }
  // Measured before and applied.
  void begin(Fault& fault) {
    const auto measured = fault.measure_before(lab.bench());
    if (!measured) FAIL(measured.error().message());
    apply_all(fault);
  }
};

std::string plan_text(const Fault& fault) {
  std::string text;
  const Plan plan = fault.plan(fake_config()).value();
  for (const Step& step : plan) text += describe(step) + "\n";
  return text;
}

template <class T>
std::string why(const Result<T>& result) {
  return result.has_error() ? result.error().message() : "no error";
}

std::vector<std::unique_ptr<Fault>> every_fault() {
  std::vector<std::unique_ptr<Fault>> all;
  for (const CatalogueEntry& entry : host_faults()) {
    const auto given = parse_parameters(entry.example).value();
    static const LabConfig config = fake_config();
    all.push_back(make_fault(entry, given, config).value());
  }
  return all;
}

TEST_CASE("Plans of host faults are what they say") {
  CHECK(plan_text(HostPowerLoss(kHost)) == "power off host-a1\n");
  CHECK(plan_text(HostReset(kHost)) == "reset host-a1\n");
  CHECK(plan_text(HostHang(kHost)) == "suspend host-a1\n");
  CHECK(plan_text(HostPanic(kHost, AfterPanic::Hang)) ==
        "take down host-a1: node.panic {\"then\":\"hang\"}\n");
  CHECK(plan_text(HostShutdown(kHost)) == "take down host-a1: node.shutdown {}\n");
  CHECK(plan_text(CpuStarvation(kHost, 80, CpuStarvation::Spare::Nothing)) ==
        "on host-a1: cpu.starve {\"share_percent\":80,\"spare\":\"nothing\"}\n");
  CHECK(plan_text(MemoryPressure(kHost, 70)) == "on host-a1: memory.press {\"percent\":70}\n");
  CHECK(plan_text(ClockStep(kHost, -5s)) == "on host-a1: clock.step {\"by_ns\":-5000000000}\n");
  CHECK(plan_text(ClockDrift(kHost, -100)) == "on host-a1: clock.drift {\"ppm\":-100}\n");
  CHECK(plan_text(DiskFull(kHost)) == "on host-a1: disk.fill {}\n");
}

TEST_CASE("Every host fault goes in and out and leaves the lab as it was") {
  for (auto& made : every_fault()) {
    Bed bed;
    const auto fault = std::move(made);  // ends before what it measured with
    INFO(fault->describe());
    const auto before = bed.lab.state();
    bed.begin(*fault);
    const auto proof = fault->prove(bed.lab.bench());
    INFO(why(proof));
    CHECK(proof.has_value());
    bed.undo(*fault);
    const auto healed = fault->prove_healed(bed.lab.bench());
    INFO(why(healed));
    CHECK(healed.has_value());
    CHECK(bed.lab.state() == before);
  }
}

TEST_CASE("No proof of a host fault succeeds when nothing was injected") {
  for (auto& made : every_fault()) {
    Bed bed;
    const auto fault = std::move(made);  // ends before what it measured with
    INFO(fault->describe());
    REQUIRE(fault->measure_before(bed.lab.bench()).has_value());
    CHECK_THAT(why(fault->prove(bed.lab.bench())), Catch::Contains("measured"));
  }
}

TEST_CASE("A control that is affected too makes every proof of a host fault void") {
  for (auto& made : every_fault()) {
    Bed bed;
    const auto fault = std::move(made);  // ends before what it measured with
    INFO(fault->describe());
    bed.begin(*fault);
    // The same on the host beside it.
    for (Step step : bed.plan_of(*fault)) {
      std::visit(
          [&](auto& s) {
            if constexpr (requires { s.node; }) s.node = kBeside;
          },
          step);
      REQUIRE(splitsite::apply(step, FaultId("g"), bed.lab.bench().switches()).has_value());
    }
    // One that boots anew at once has its control back before anybody looks.
    if (bed.lab.runs(kBeside) && bed.lab.boots(kBeside) > 0) continue;
    CHECK(fault->prove(bed.lab.bench()).has_error());
  }
}

TEST_CASE("A host that hangs after its panic is alive to nobody, has power, and is power cycled") {
  Bed bed;
  HostPanic fault(kHost, AfterPanic::Hang);
  bed.begin(fault);
  CHECK(bed.lab.state(kHost).value() == PowerState::On);
  REQUIRE(fault.prove(bed.lab.bench()).has_value());
  CHECK(fault.prove_healed(bed.lab.bench()).has_error());
  bed.undo(fault);
  CHECK(bed.lab.boots(kHost) == 1);
  CHECK(fault.prove_healed(bed.lab.bench()).has_value());
}

TEST_CASE("An agent that is asked in its last moment does not use up the proof of a panic") {
  Bed bed;
  HostPanic fault(kHost, AfterPanic::Reboot);
  bed.begin(fault);
  // It is heard by echoes, and its agent never says anything again, twice.
  bed.lab.observe_by(
      "node.reboot",
      [asked = 0](FakeLab& lab, const NodeId& node, const json&) mutable -> Result<json> {
        if (node == kHost && ++asked <= 2) return host_observers::unheard(node);
        return host_observers::life(lab, node);
      });
  const auto proof = fault.prove(bed.lab.bench());
  if (!proof) FAIL(proof.error().message());
  CHECK_THAT(proof.value().measured, Catch::Contains("booted anew"));
}

TEST_CASE("A hung host that its watchdog has reset is a legal end, a dead one is none") {
  Bed bed;
  HostHang fault(kHost);
  bed.begin(fault);
  bed.undo(fault);
  REQUIRE(bed.lab.reset(kHost).has_value());
  const auto healed = fault.prove_healed(bed.lab.bench());
  REQUIRE(healed.has_value());
  CHECK_THAT(healed.value().measured, Catch::Contains("booted anew"));
  REQUIRE(bed.lab.off(kHost).has_value());
  CHECK(fault.prove_healed(bed.lab.bench()).has_error());
}

TEST_CASE("A host that merely lost its power has not been reset, and one reset has not lost it") {
  Bed bed;
  HostPowerLoss loss(kHost);
  REQUIRE(loss.measure_before(bed.lab.bench()).has_value());
  REQUIRE(bed.lab.suspend(kHost).has_value());
  CHECK_THAT(why(loss.prove(bed.lab.bench())), Catch::Contains("it is paused"));
  REQUIRE(bed.lab.resume(kHost).has_value());
  CHECK_THAT(why(loss.prove_healed(bed.lab.bench())),
             Catch::Contains("it still lives the life it had"));
}

TEST_CASE("The wrong size of an effect is no proof") {
  Bed bed;
  const auto bench = bed.lab.bench();
  ClockStep step(kHost, 5min);
  REQUIRE(step.measure_before(bench).has_value());
  bed.apply_all(ClockStep(kHost, 4min));
  CHECK_THAT(why(step.prove(bench)), Catch::Contains("240.000 s"));

  ClockDrift drift(kBeside, 400);
  REQUIRE(drift.measure_before(bench).has_value());
  bed.apply_all(ClockDrift(kBeside, 200));
  CHECK_THAT(why(drift.prove(bench)), Catch::Contains("+200.0 ppm"));

  CpuStarvation cpu(kHost, 90, CpuStarvation::Spare::RealTime);
  REQUIRE(cpu.measure_before(bench).has_value());
  bed.apply_all(CpuStarvation(kHost, 50, CpuStarvation::Spare::RealTime));
  CHECK_THAT(why(cpu.prove(bench)), Catch::Contains("50 %: too little is taken"));

  MemoryPressure memory(kHost, 90);
  REQUIRE(memory.measure_before(bench).has_value());
  bed.apply_all(MemoryPressure(kHost, 40));
  CHECK_THAT(why(memory.prove(bench)), Catch::Contains("MiB more locked"));
}

TEST_CASE("A node that is starved far more than was asked is told from one as asked") {
  Bed bed;
  CpuStarvation cpu(kHost, 72, CpuStarvation::Spare::RealTime);
  bed.begin(cpu);
  REQUIRE(cpu.prove(bed.lab.bench()).has_value());
  bed.undo(cpu);
  bed.apply_all(CpuStarvation(kHost, 98, CpuStarvation::Spare::RealTime));
  CHECK_THAT(why(cpu.prove(bed.lab.bench())), Catch::Contains("2 %: too much is taken"));
}

TEST_CASE("A clock in a node that was booted anew meanwhile is healed, and never proven in force") {
  Bed bed;
  ClockStep step(kHost, 5min);
  bed.begin(step);
  REQUIRE(bed.lab.reset(kHost).has_value());
  CHECK_THAT(why(step.prove(bed.lab.bench())), Catch::Contains("booted anew"));
  bed.undo(step);
  const auto healed = step.prove_healed(bed.lab.bench());
  REQUIRE(healed.has_value());
  CHECK_THAT(healed.value().measured, Catch::Contains("booted anew"));
}

TEST_CASE("A drift that ended without its gain being taken back is not healed") {
  Bed bed;
  ClockDrift drift(kHost, 400);
  REQUIRE(drift.measure_before(bed.lab.bench()).has_value());
  bed.apply_all(ClockStep(kHost, 50ms));
  CHECK_THAT(why(drift.prove_healed(bed.lab.bench())), Catch::Contains("50.000 ms"));
}

TEST_CASE("A node with hardly any memory left is refused before anything is touched") {
  Bed bed;
  MemoryPressure first(kHost, 90);
  bed.begin(first);
  MemoryPressure second(kHost, 90);
  CHECK_THAT(why(second.measure_before(bed.lab.bench())), Catch::Contains("MiB are available"));
}

}  // namespace
}  // namespace splitsite
