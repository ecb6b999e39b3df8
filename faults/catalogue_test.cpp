// One life for every entry of the catalogue, on a fake lab with the description of the real one:
// its texts are there, its example is good, bad parameters are refused by name, its proofs are red
// when they must be, and the lab ends as it began whichever change fails.
#include "faults/catalogue.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "faults/testing_observers.hpp"
#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

const LabConfig& lab_config() {
  static const LabConfig config =
      read_lab_config(SPLITSITE_SOURCE_DIR
                      "/harness/lab/description/testdata/stretch-standalone.lab.json")
          .value();
  return config;
}

struct Bed {
  FakeLab lab{lab_config()};
  FakeUndoLog undo;
  std::filesystem::path dir = make_dir();
  HistoryWriter history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();

  Bed() { teach_all(lab); }
  ~Bed() { std::filesystem::remove_all(dir); }
  static std::filesystem::path make_dir() { return make_temporary_directory(); }
};

// Every entry as often as it has examples.
const Catalogue& examples() {
  static const Catalogue all = [] {
    Catalogue each;
    for (const CatalogueEntry& entry : fault_catalogue()) {
      each.push_back(entry);
      for (const std::string& further : entry.further_examples) {
        each.push_back(entry);
        each.back().example = further;
      }
    }
    return each;
  }();
  return all;
}

std::unique_ptr<Fault> example_of(const CatalogueEntry& entry) {
  const auto given = parse_parameters(entry.example);
  INFO(entry.name << " " << entry.example);
  REQUIRE(given.has_value());
  auto fault = make_fault(entry, given.value(), lab_config());
  if (!fault) FAIL(fault.error().message());
  return std::move(fault).value();
}

Plan plan_of(const Fault& fault) { return fault.plan(lab_config()).value(); }

// A reset or a reboot is over as soon as the node is back: there is nothing in force to see then.
bool over_by_itself(const Plan& plan) {
  return std::all_of(plan.begin(), plan.end(), [](const Step& step) {
    const auto* taken = std::get_if<TakeDown>(&step);
    return std::holds_alternative<PowerReset>(step) || (taken != nullptr && taken->comes_back);
  });
}

TEST_CASE("Every entry says all there is to say, under a name of its own") {
  std::set<std::string> names;
  const std::set<std::string> types = {"site",    "node", "host",  "link",   "duration",
                                       "percent", "rate", "count", "choice", "flag",
                                       "text",    "vm",   "nodes", "number", "sites"};
  for (const CatalogueEntry& entry : fault_catalogue()) {
    INFO(entry.name);
    CHECK(names.insert(entry.name).second);
    for (const std::string* text :
         {&entry.summary, &entry.mechanism, &entry.proof, &entry.undo, &entry.limits}) {
      CHECK_FALSE(text->empty());
      CHECK(text->find('\n') == std::string::npos);
    }
    for (const ParameterSpec& spec : entry.parameters) {
      INFO(spec.name);
      CHECK(types.count(spec.type) == 1);
      CHECK_FALSE(spec.meaning.empty());
      CHECK_FALSE(spec.allowed.empty());
    }
    CHECK(example_of(entry)->name() == entry.name);
  }
}

TEST_CASE("Every example has a plan that is pure and survives the undo log") {
  for (const CatalogueEntry& entry : examples()) {
    INFO(entry.name);
    const auto fault = example_of(entry);
    const Plan plan = plan_of(*fault);
    CHECK_FALSE(plan.empty());
    CHECK(plan_of(*fault) == plan);
    CHECK(plan_from_text(to_text(plan)).value() == plan);
    for (const Step& step : plan) CHECK_FALSE(describe(step).empty());
    CHECK_FALSE(fault->describe().empty());
    CHECK(fault->parameters().is_object());
  }
}

TEST_CASE("No value that cannot be is accepted, and the refusal names the parameter") {
  for (const CatalogueEntry& entry : fault_catalogue()) {
    const Parameters good = parse_parameters(entry.example).value();
    for (const ParameterSpec& spec : entry.parameters) {
      if (spec.type == "text") continue;
      for (const char* bad : {"?", "-1", "nan", "99999999999999999999999"}) {
        Parameters given = good;
        given[spec.name] = bad;
        // Negative is a good word for some: a clock can be set back.
        if (std::string(bad) == "-1" && spec.allowed.find('-') != std::string::npos) continue;
        INFO(entry.name << " " << spec.name << "=" << bad);
        const auto made = make_fault(entry, given, lab_config());
        REQUIRE(made.has_error());
        CHECK(made.error().kind == ErrorKind::Invalid);
        CHECK_THAT(made.error().message(), Catch::Contains("\"" + spec.name + "\""));
      }
    }
    Parameters unknown = good;
    unknown["colour"] = "red";
    CHECK_THAT(make_fault(entry, unknown, lab_config()).error().message(),
               Catch::Contains("it has no parameter \"colour\""));
  }
}

TEST_CASE("No proof of any entry succeeds when nothing was injected") {
  for (const CatalogueEntry& entry : examples()) {
    INFO(entry.name);
    Bed bed;
    bed.lab.ignore_changes(true);
    const auto before = bed.lab.state();
    Injector injector(bed.lab.bench(), bed.undo, bed.history);
    const auto active = injector.inject(example_of(entry));
    REQUIRE(active.has_error());
    INFO(active.error().message());
    CHECK(active.error().kind != ErrorKind::Invalid);
    CHECK(active.error().kind != ErrorKind::Internal);
    CHECK_FALSE(injector.dirty());
    CHECK(bed.lab.state() == before);
  }
}

TEST_CASE("No entry is proven healed while it is still in force") {
  for (const CatalogueEntry& entry : examples()) {
    INFO(entry.name);
    Bed bed;
    const auto fault = example_of(entry);
    const Bench bench = bed.lab.bench();
    const auto measured = fault->measure_before(bench);
    if (!measured) FAIL(measured.error().message());
    for (const Step& step : plan_of(*fault)) {
      REQUIRE(splitsite::apply(step, FaultId("f"), bench.switches()).has_value());
    }
    if (const auto proof = fault->prove(bench); !proof) FAIL(proof.error().message());
    if (!over_by_itself(plan_of(*fault))) CHECK(fault->prove_healed(bench).has_error());
  }
}

TEST_CASE("Every entry ends where it began, whichever change fails on the way") {
  for (const CatalogueEntry& entry : examples()) {
    const int changes = static_cast<int>(plan_of(*example_of(entry)).size());
    for (int failing = 0; failing <= changes; ++failing) {
      Bed bed;
      INFO(entry.name << ", change " << failing << " fails");
      const auto before = bed.lab.state();
      Injector injector(bed.lab.bench(), bed.undo, bed.history);
      bed.lab.fail_change(failing);
      auto active = injector.inject(example_of(entry));
      bed.lab.fail_change(0);
      if (failing == 0 && !active) FAIL(active.error().message());
      if (active) {
        const auto healed = std::move(active).value().heal();
        if (!healed) FAIL(healed.error().message());
      }
      CHECK_FALSE(injector.dirty());
      CHECK(bed.undo.pending().value().empty());
      CHECK(bed.lab.state() == before);
    }
  }
}

TEST_CASE("A change inside a node that lost its power meanwhile is over, whatever kind it is") {
  int tried = 0;
  for (const CatalogueEntry& entry : examples()) {
    const Plan plan = plan_of(*example_of(entry));
    const auto* first = std::get_if<InNode>(&plan.front());
    const bool one_node =
        first != nullptr && std::all_of(plan.begin(), plan.end(), [&](const Step& step) {
          const auto* other = std::get_if<InNode>(&step);
          return other != nullptr && other->node == first->node;
        });
    if (!one_node) continue;
    ++tried;
    INFO(entry.name << " " << entry.example);
    Bed bed;
    Injector injector(bed.lab.bench(), bed.undo, bed.history);
    auto active = injector.inject(example_of(entry));
    if (!active) FAIL(active.error().message());
    REQUIRE(bed.lab.off(first->node).has_value());
    const auto healed = std::move(active).value().heal();
    if (!healed) FAIL(healed.error().message());
    CHECK_FALSE(injector.dirty());
    CHECK(bed.undo.pending().value().empty());
  }
  CHECK(tried > 10);
}

// scripts/update-fault-table writes what stands between the two marks.
TEST_CASE("The README's table is the catalogue's") {
  std::ifstream file(SPLITSITE_SOURCE_DIR "/README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  const std::string begin = "<!-- splitsite fault list --markdown -->\n";
  const auto from = readme.str().find(begin);
  const auto to = readme.str().find("<!-- end of the catalogue -->");
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  const auto start = from + begin.size();
  CHECK(readme.str().substr(start, to - start) == list_markdown(fault_catalogue()));
}

}  // namespace
}  // namespace splitsite
