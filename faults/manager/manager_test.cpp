// The Manager's faults on the fake lab: their plans as golden text, what their proofs refuse, and
// each whole life in and out.
#include <cstdlib>
#include <filesystem>

#include "faults/manager/entries.hpp"
#include "faults/manager/manager_errors.hpp"
#include "faults/manager/manager_slow.hpp"
#include "faults/manager/testing_observers.hpp"
#include "faults/process/testing_observers.hpp"
#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

Result<std::unique_ptr<Fault>> made(const std::string& fault, const std::string& parameters) {
  static const Catalogue catalogue = manager_faults();
  static const LabConfig config = fake_config();
  SPLITSITE_TRY(const auto entry, find_entry(catalogue, fault));
  SPLITSITE_TRY(const auto given, parse_parameters(parameters));
  return make_fault(*entry, given, config);
}

// The plan, or the error, of a fault as a person types it.
std::string text_of(const std::string& name, const std::string& parameters) {
  const auto fault = made(name, parameters);
  if (!fault) return fault.error().message();
  const auto plan = fault.value()->plan(fake_config());
  if (!plan) return plan.error().message();
  std::string text;
  for (const Step& step : plan.value()) text += describe(step) + "\n";
  return text;
}

struct Bed {
  FakeLab lab{fake_config()};
  Bed() {
    teach_processes(lab);
    teach_manager(lab);
  }
};

void apply_all(FakeLab& lab, const Fault& fault) {
  const Plan plan = fault.plan(lab.config()).value();
  for (const Step& step : plan) {
    REQUIRE(apply(step, FaultId("f"), lab.bench().switches()).has_value());
  }
}

TEST_CASE("A Manager's fault is one change in the Manager's node") {
  CHECK(text_of("manager-kill", "") ==
        R"(on manager: process.kill {"process":"manager","stays":"down"})"
        "\n");
  CHECK(text_of("manager-hang", "") == R"(on manager: process.stop {"process":"manager"})"
                                       "\n");
  CHECK(text_of("manager-slow", "per-answer=1500ms") ==
        R"(on manager: api.proxy {"address":"10.77.0.31","port":443,)"
        R"("treatment":{"mode":"slow","per_answer_ms":1500}})"
        "\n");
  CHECK(text_of("manager-errors", "kind=reset share=50 seed=9") ==
        R"(on manager: api.proxy {"address":"10.77.0.31","port":443,)"
        R"("treatment":{"mode":"reset","seed":9,"share_percent":50.0}})"
        "\n");
  CHECK_THAT(text_of("manager-isolation", "site=b"), Catch::Contains("10.77.0.21"));
  CHECK_THAT(text_of("manager-isolation", "site=b"), !Catch::Contains("10.77.0.11"));
  CHECK_THAT(text_of("manager-isolation", "site=all"),
             Catch::Contains("10.77.0.11") && Catch::Contains("10.77.0.21"));
}

TEST_CASE("A Manager's fault's wrong parameter is named together with what is allowed") {
  CHECK_THAT(text_of("manager-slow", "per-answer=1ms"), Catch::Contains("100 ms to 15 s"));
  CHECK_THAT(text_of("manager-errors", "kind=reset status=500"),
             Catch::Contains("needs kind=http-error"));
  CHECK_THAT(text_of("manager-errors", "status=200"), Catch::Contains("400 to 599"));
  CHECK_THAT(text_of("manager-errors", "share=10"), Catch::Contains("50 to 90, or 100"));
  CHECK_THAT(text_of("manager-errors", "seed=3"), Catch::Contains("needs share"));
  CHECK_THAT(text_of("manager-slow", "per-answer=150.5ms"), Catch::Contains("whole milliseconds"));
  CHECK_THAT(text_of("manager-isolation", "site=w"), Catch::Contains("a site with hosts"));
  CHECK_THAT(text_of("manager-kill", "stays=maybe"), Catch::Contains("down, respawned"));
}

// The fake lab with a second Manager in the other site, and the address that both stand for.
LabConfig clustered_config() {
  LabConfig config = fake_config();
  for (NodeConfig& node : config.nodes) {
    if (node.role != NodeRole::Manager) continue;
    NodeConfig second = node;
    node.site = SiteId("a");
    second.name = NodeId("manager-2");
    second.site = SiteId("b");
    second.nics.front().address = "10.77.0.28/24";
    config.nodes.push_back(second);
    break;
  }
  config.manager_address = "10.77.0.30";
  return config;
}

Result<std::unique_ptr<Fault>> made_in_cluster(const std::string& fault,
                                               const std::string& parameters) {
  static const Catalogue catalogue = manager_faults();
  static const LabConfig config = clustered_config();
  SPLITSITE_TRY(const auto entry, find_entry(catalogue, fault));
  SPLITSITE_TRY(const auto given, parse_parameters(parameters));
  return make_fault(*entry, given, config);
}

std::string text_in_cluster(const std::string& fault, const std::string& parameters) {
  const auto one = made_in_cluster(fault, parameters);
  if (!one) return one.error().message();
  const Plan plan = one.value()->plan(clustered_config()).value();
  std::string text;
  for (const Step& step : plan) text += describe(step) + "\n";
  return text;
}

TEST_CASE("A clustered Manager's fault is on the named node, and clients use the address of both") {
  CHECK_THAT(text_in_cluster("manager-hang", ""), Catch::StartsWith("on manager: "));
  CHECK_THAT(text_in_cluster("manager-hang", "node=manager-2"),
             Catch::StartsWith("on manager-2: "));
  CHECK_THAT(text_in_cluster("manager-slow", "node=manager-2"),
             Catch::StartsWith("on manager-2: ") && Catch::Contains("10.77.0.30"));
  CHECK_THAT(text_in_cluster("manager-isolation", "site=a"), !Catch::Contains("10.77.0.31"));
  CHECK_THAT(text_in_cluster("manager-isolation", "site=b"), Catch::Contains("10.77.0.28"));
  CHECK_THAT(text_in_cluster("manager-hang", "node=witness"), Catch::Contains("node"));
}

TEST_CASE("A clustered Manager that is killed comes back; it cannot be held down") {
  CHECK_THAT(text_in_cluster("manager-kill", ""), Catch::Contains("respawned"));
  CHECK_THAT(text_in_cluster("manager-kill", "stays=down"),
             Catch::Contains("its cluster starts somewhere else"));
}

TEST_CASE("A clustered Manager is not broken where it does not run") {
  FakeLab lab{clustered_config()};
  teach_processes(lab);
  lab.observe_by("api.proxy",
                 [](FakeLab&, const NodeId& node, const nlohmann::json&) -> Result<nlohmann::json> {
                   return fake_api::answers(node == NodeId("manager-2") ? "refused" : "answered",
                                            4ms, 3);
                 });
  const auto active = std::move(made_in_cluster("manager-slow", "node=manager").value());
  CHECK(active->measure_before(lab.bench()).has_value());
  const auto passive = std::move(made_in_cluster("manager-slow", "node=manager-2").value());
  const auto refused = passive->measure_before(lab.bench());
  REQUIRE(refused.has_error());
  CHECK(refused.error().kind == ErrorKind::Unavailable);
  CHECK_THAT(refused.error().message(), Catch::Contains("the other node: name that one"));
}

TEST_CASE("Each of the Manager's faults lives and leaves nothing behind") {
  for (const auto& [name, parameters] : std::vector<std::pair<const char*, const char*>>{
           {"manager-kill", "stays=down"},
           {"manager-kill", "stays=respawned"},
           {"manager-hang", ""},
           {"manager-isolation", "site=a"},
           {"manager-isolation", "site=all how=reject"},
           {"manager-slow", ""},
           {"manager-errors", "kind=reset"},
           {"manager-errors", "kind=black-hole"},
           {"manager-errors", "share=60"}}) {
    INFO(name << " " << parameters);
    Bed bed;
    FakeUndoLog undo;
    const std::filesystem::path dir = make_temporary_directory();
    auto history = HistoryWriter::create((dir / "h.jsonl").string(), bed.lab.clock()).value();
    const auto before = bed.lab.state();
    {
      Injector injector(bed.lab.bench(), undo, history);
      auto active = injector.inject(made(name, parameters).value());
      if (!active) FAIL(active.error().message());
      CHECK(bed.lab.state() != before);
      const auto healed = std::move(active).value().heal();
      if (!healed) FAIL(healed.error().message());
    }
    CHECK(bed.lab.state() == before);
    std::filesystem::remove_all(dir);
  }
}

TEST_CASE("A proxy that does something else proves nothing") {
  Bed bed;
  ManagerSlow slow(NodeId("manager"), 1s);
  REQUIRE(slow.measure_before(bed.lab.bench()).has_value());
  apply_all(bed.lab, ManagerSlow(NodeId("manager"), 200ms));
  CHECK_THAT(slow.prove(bed.lab.bench()).error().message(), Catch::Contains("comes 1.0 s later"));
  ManagerErrors errors(NodeId("manager"), {.kind = ManagerErrors::Kind::Reset});
  CHECK_THAT(errors.prove(bed.lab.bench()).error().message(), Catch::Contains("200 after"));
}

TEST_CASE("A share of errors is proven by its size, not by the first one met") {
  for (const auto& [asked, made_share] :
       {std::pair(50, 100), std::pair(90, 50), std::pair(50, 95), std::pair(90, 100)}) {
    INFO("asked " << asked << ", made " << made_share);
    Bed bed;
    ManagerErrors errors(NodeId("manager"), {.share_percent = static_cast<double>(asked)});
    REQUIRE(errors.measure_before(bed.lab.bench()).has_value());
    apply_all(bed.lab,
              ManagerErrors(NodeId("manager"), {.share_percent = static_cast<double>(made_share)}));
    CHECK_THAT(errors.prove(bed.lab.bench()).error().message(), Catch::Contains("met the error"));
  }
  Bed bed;
  ManagerErrors all(NodeId("manager"), {});
  REQUIRE(all.measure_before(bed.lab.bench()).has_value());
  apply_all(bed.lab, ManagerErrors(NodeId("manager"), {.share_percent = 80}));
  CHECK(all.prove(bed.lab.bench()).has_error());
  CHECK_THAT(text_of("manager-errors", "share=95"), Catch::Contains("told from all"));
}

TEST_CASE("A proxy that leaves open connections alone is not what the entry says") {
  Bed bed;
  ManagerErrors errors(NodeId("manager"), {});
  REQUIRE(errors.measure_before(bed.lab.bench()).has_value());
  CHECK(bed.lab.open_flows() == 1);
  apply_all(bed.lab, errors);
  REQUIRE(errors.prove(bed.lab.bench()).has_value());
  bed.lab.observe_by(
      "api.proxy", [connection = std::uint64_t{0}](FakeLab& lab, const NodeId& node,
                                                   const nlohmann::json& asked) mutable {
        const auto question = asked.find("ask");
        if (question == asked.end()) {
          return Result<nlohmann::json>(nlohmann::json{{"in_force", true}, {"moved", 0}});
        }
        return Result<nlohmann::json>(fake_api::ask(lab, node, *question, connection++));
      });
  CHECK_THAT(errors.prove(bed.lab.bench()).error().message(),
             Catch::Contains("open are ended once"));
}

TEST_CASE("A Manager that is broken itself voids the proof of its API's fault") {
  Bed bed;
  ManagerErrors errors(NodeId("manager"), {.kind = ManagerErrors::Kind::BlackHole});
  REQUIRE(errors.measure_before(bed.lab.bench()).has_value());
  apply_all(bed.lab, errors);
  REQUIRE(errors.prove(bed.lab.bench()).has_value());
  apply_all(bed.lab, *made("manager-hang", "").value());
  CHECK_THAT(errors.prove(bed.lab.bench()).error().message(),
             Catch::Contains("the control is not affected"));
}

TEST_CASE("A killed Manager whose clients are answered is not proven dead") {
  Bed bed;
  const auto kill = std::move(made("manager-kill", "").value());
  REQUIRE(kill->measure_before(bed.lab.bench()).has_value());
  apply_all(bed.lab, *kill);
  bed.lab.observe_by("api.proxy",
                     [](FakeLab&, const NodeId&, const nlohmann::json&) -> Result<nlohmann::json> {
                       return fake_api::answers("answered", 4ms);
                     });
  CHECK_THAT(kill->prove(bed.lab.bench()).error().message(),
             Catch::Contains("the API is refused to a client"));
}

}  // namespace
}  // namespace splitsite
