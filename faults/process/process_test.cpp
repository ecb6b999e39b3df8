#include <cstdlib>
#include <filesystem>

#include "faults/process/entries.hpp"
#include "faults/process/process_kill.hpp"
#include "faults/process/process_stop.hpp"
#include "faults/process/testing_observers.hpp"
#include "harness/fault/injector.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

LabConfig config_with_vm() {
  LabConfig config = fake_config();
  config.vms = {VmConfig{.name = VmId("vm-a1"), .home = SiteId("a")}};
  config.hosted_engine =
      HostedEngineConfig{.vm = {.name = VmId(hosted_engine_vm)}, .hosts = {NodeId("host-a1")}};
  return config;
}

struct Bed {
  FakeLab lab{config_with_vm()};
  FakeUndoLog undo;
  std::filesystem::path dir = make_dir();
  HistoryWriter history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();

  Bed() { teach_processes(lab); }
  ~Bed() { std::filesystem::remove_all(dir); }
  static std::filesystem::path make_dir() { return make_temporary_directory(); }

  // From now on the agent says this of one process, of every other what it would say anyway.
  void say(const std::string& process, std::function<nlohmann::json()> words) {
    teach_processes(lab);
    const auto lives = std::make_shared<fake_processes::Lives>();
    lab.observe_by("process.stop",
                   [=](FakeLab& asked, const NodeId& node,
                       const nlohmann::json& what) -> Result<nlohmann::json> {
                     if (what["process"] == process) return words();
                     return fake_processes::observe(*lives, asked, node, what);
                   });
  }
};

Result<std::unique_ptr<Fault>> make(const std::string& name, const std::string& parameters) {
  static const LabConfig config = config_with_vm();
  static const Catalogue catalogue = process_faults();
  const auto* entry = find_entry(catalogue, name).value();
  return make_fault(*entry, parse_parameters(parameters).value(), config);
}

std::unique_ptr<Fault> good(const std::string& name, const std::string& parameters) {
  auto made = make(name, parameters);
  if (!made) FAIL(made.error().message());
  return std::move(made).value();
}

const std::vector<std::pair<std::string, std::string>> lives = {
    {"process-stop", "node=host-a1 process=libvirtd"},
    {"process-stop", "node=manager process=manager"},
    {"process-stop", "node=host-a1 process=vm:vm-a1"},
    {"process-stop", "node=host-a1 process=ha-agent"},
    {"process-kill", "node=host-a1 process=ha-agent"},
    {"process-kill", "node=host-a1 process=vm:HostedEngine"},
    {"process-kill", "node=host-a1 process=sanlock"},
    {"process-kill", "node=host-a1 process=iscsid stays=respawned"},
    {"process-kill", "node=witness process=witness"},
    {"process-kill", "node=host-a1 process=vm:vm-a1"},
};

TEST_CASE("Each is one change in one node, under the name of its process") {
  const auto plan = [](const std::string& name, const std::string& parameters) {
    const auto steps = good(name, parameters)->plan(fake_config()).value();
    REQUIRE(steps.size() == 1);
    return describe(steps.front()) + "; " + resource_of(steps.front());
  };
  CHECK(plan("process-stop", "node=host-a1 process=hostd") ==
        "on host-a1: process.stop {\"process\":\"hostd\"}; process hostd of host-a1");
  CHECK(plan("process-kill", "node=host-a1 process=hostd") ==
        "on host-a1: process.kill {\"process\":\"hostd\",\"stays\":\"down\"}; process hostd of "
        "host-a1");
  CHECK(good("process-kill", "node=host-a1 process=vm:vm-a1")->describe() ==
        "vm:vm-a1 on host-a1 is killed");
}

TEST_CASE("A process is broken, proven broken beside something untouched, and healed") {
  for (const auto& [name, parameters] : lives) {
    INFO(name << " " << parameters);
    Bed bed;
    const auto before = bed.lab.state();
    Injector injector(bed.lab.bench(), bed.undo, bed.history);
    auto active = injector.inject(good(name, parameters));
    if (!active) FAIL(active.error().message());
    const auto healed = std::move(active).value().heal();
    if (!healed) FAIL(healed.error().message());
    CHECK(bed.lab.state() == before);
    CHECK_FALSE(injector.dirty());
  }
}

TEST_CASE("Nothing is proven of a process that nothing was done to") {
  for (const auto& [name, parameters] : lives) {
    INFO(name << " " << parameters);
    Bed bed;
    bed.lab.ignore_changes(true);
    Injector injector(bed.lab.bench(), bed.undo, bed.history);
    const auto active = injector.inject(good(name, parameters));
    REQUIRE(active.has_error());
    CHECK_THAT(active.error().message(), Catch::Contains("measured"));
  }
}

TEST_CASE("A process that is still stopped or held down is not proven healed") {
  for (const char* name : {"process-stop", "process-kill"}) {
    Bed bed;
    const auto bench = bed.lab.bench();
    const auto fault = good(name, "node=host-a1 process=libvirtd");
    REQUIRE(fault->measure_before(bench).has_value());
    const Step step = fault->plan(bed.lab.config()).value().front();
    REQUIRE(splitsite::apply(step, FaultId("f"), bench.switches()).has_value());
    CHECK(fault->prove(bench).has_value());
    CHECK_THAT(fault->prove_healed(bench).error().message(), Catch::Contains("measured"));
  }
}

TEST_CASE("A process that uses the CPU is not stopped, whatever its state") {
  Bed bed;
  int ticks = 0;
  const auto words = [&](const char* state) {
    return nlohmann::json{{"running", true},     {"held", false},      {"pid", 5},
                          {"state", state},      {"started_ticks", 1}, {"boot_id", "1"},
                          {"cpu_ticks", ++ticks}};
  };
  bed.say("hostd", [&] { return words("S"); });
  const auto fault = good("process-stop", "node=host-a1 process=hostd");
  REQUIRE(fault->measure_before(bed.lab.bench()).has_value());
  bed.say("hostd", [&] { return words("T"); });
  CHECK_THAT(fault->prove(bed.lab.bench()).error().message(), Catch::Contains("1 ticks of CPU"));
}

TEST_CASE("A control that was hit as well makes the proof void") {
  Bed bed;
  const auto bench = bed.lab.bench();
  const auto fault = good("process-stop", "node=host-a1 process=libvirtd");
  REQUIRE(fault->measure_before(bench).has_value());
  for (const char* process : {"libvirtd", "iscsid"}) {
    REQUIRE(bed.lab.apply(NodeId("host-a1"), process, "process.stop", {{"process", process}}));
  }
  CHECK_THAT(fault->prove(bench).error().message(),
             Catch::Contains("iscsid on host-a1 is untouched"));
}

TEST_CASE("A host that its watchdog reset in the meantime is a legal end, and is said") {
  Bed bed;
  const auto bench = bed.lab.bench();
  const auto fault = good("process-stop", "node=host-a1 process=sanlock");
  REQUIRE(fault->measure_before(bench).has_value());
  int looks = 0;
  bed.say("sanlock", [&]() -> nlohmann::json {
    if (++looks < 40) return {{"running", false}};
    return {{"running", true}, {"held", false},       {"pid", 311},    {"state", "S"},
            {"cpu_ticks", 1},  {"started_ticks", 99}, {"boot_id", "2"}};
  });
  const auto proof = fault->prove_healed(bench);
  REQUIRE(proof.has_value());
  CHECK(proof.value().measured ==
        "it died meanwhile with its node and runs anew: pid 311, sleeping");
}

TEST_CASE("A killed lease daemon that runs again is not healed while the watchdog may still fire") {
  Bed bed;
  const auto bench = bed.lab.bench();
  const auto fault = good("process-kill", "node=host-a1 process=sanlock");
  REQUIRE(fault->measure_before(bench).has_value());
  // It is started again at once; its host is reset all the same, a minute later.
  const Instant healing = bed.lab.clock().now();
  const auto since = [&] { return bed.lab.clock().now() - healing; };
  bed.say("sanlock", [&]() -> nlohmann::json {
    if (since() > std::chrono::seconds(60) && since() < std::chrono::seconds(100)) {
      return {{"running", false}};
    }
    const bool reset = since() >= std::chrono::seconds(100);
    return {{"running", true},
            {"held", false},
            {"pid", 311},
            {"state", "S"},
            {"cpu_ticks", 1},
            {"started_ticks", 99},
            {"boot_id", reset ? "2" : "1"}};
  });
  const auto proof = fault->prove_healed(bench);
  REQUIRE(proof.has_value());
  CHECK_THAT(proof.value().measured, Catch::Contains("booted anew"));
  CHECK(since() >= std::chrono::seconds(100));
}

TEST_CASE("A process that does not come back is not healed") {
  Bed bed;
  const auto fault = good("process-kill", "node=host-a1 process=hostd");
  REQUIRE(fault->measure_before(bed.lab.bench()).has_value());
  bed.say("hostd", [] { return nlohmann::json{{"running", false}, {"held", false}}; });
  CHECK_THAT(fault->prove_healed(bed.lab.bench()).error().message(),
             Catch::Contains("not running"));
}

TEST_CASE("A process that does not run, or is stopped already, cannot be broken") {
  Bed bed;
  bed.say("hostd", [] { return nlohmann::json{{"running", false}, {"held", false}}; });
  const auto fault = good("process-stop", "node=host-a1 process=hostd");
  CHECK(fault->measure_before(bed.lab.bench()).error().kind == ErrorKind::Unavailable);
}

TEST_CASE("What does not run on a node is refused by name") {
  const auto why = [](const std::string& name, const std::string& parameters) {
    const auto made = make(name, parameters);
    REQUIRE(made.has_error());
    CHECK(made.error().kind == ErrorKind::Invalid);
    return made.error().why;
  };
  CHECK(why("process-stop", "node=host-a1 process=manager") ==
        "parameter \"process\": \"manager\" does not run on host-a1");
  CHECK(why("process-stop", "node=sto-a process=hostd") ==
        "parameter \"process\": \"hostd\" does not run on sto-a");
  CHECK(why("process-kill", "node=host-b1 process=ha-agent") ==
        "parameter \"process\": \"ha-agent\" does not run on host-b1");
  CHECK(why("process-kill", "node=host-a1 process=vm:nobody") ==
        "parameter \"process\": \"vm:nobody\" names no VM of this lab");
  CHECK(why("process-kill", "node=manager process=vm:vm-a1") ==
        "parameter \"process\": \"vm:vm-a1\" runs on hosts only");
  CHECK(
      why("process-kill", "node=host-a1 process=sanlock stays=respawned") ==
      "parameter \"stays\": \"respawned\" is not for sanlock, which nobody brings back by itself");
  CHECK(why("process-kill", "node=host-a1 process=vm:vm-a1 stays=down") ==
        "parameter \"stays\": \"down\" is not for a VM, which the Manager brings back");
  CHECK(why("process-kill", "node=host-a1 process=hostd stays=up") ==
        "parameter \"stays\": \"up\" is not one of its words");
}

}  // namespace
}  // namespace splitsite
