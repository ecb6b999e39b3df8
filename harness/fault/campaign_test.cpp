// A campaign's plan: the same from the same seed, valid, free of conflicts, the same text after a
// replay; and its playing, which ends with nothing in force whatever fails.
#include "harness/fault/campaign.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "harness/fault/injector.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// Whatever its plan is, it proves itself by the lab's state having changed, or being back.
class Simple final : public Fault {
 public:
  Simple(std::string name, Plan plan) : name_(std::move(name)), plan_(std::move(plan)) {}
  std::string name() const override { return name_; }
  std::string describe() const override { return name_; }
  nlohmann::json parameters() const override { return nlohmann::json::object(); }
  Result<Plan> plan(const LabConfig&) const override { return plan_; }
  Result<Proof> prove(const Bench&) const override { return Proof{"done", "yes", "none"}; }
  Result<Proof> prove_healed(const Bench&) const override { return Proof{"over", "yes", "none"}; }

 private:
  std::string name_;
  Plan plan_;
};

CatalogueEntry entry(const char* name, std::vector<ParameterSpec> parameters, const char* example,
                     std::function<Result<Plan>(const ParameterReader&)> plan) {
  return CatalogueEntry{
      .name = name,
      .summary = name,
      .parameters = std::move(parameters),
      .make = [name, plan](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
        SPLITSITE_TRY(auto steps, plan(reader));
        return std::unique_ptr<Fault>(std::make_unique<Simple>(name, std::move(steps)));
      },
      .example = example};
}

Catalogue small_catalogue() {
  return {entry("host-off", {{"host", "host", "which", "", "a host"}}, "host=host-a1",
                [](const ParameterReader& reader) -> Result<Plan> {
                  SPLITSITE_TRY(const NodeId host, reader.host("host"));
                  return Plan{PowerOff{host}};
                }),
          entry("process", {{"host", "host", "which", "", "a host"}}, "host=host-b1",
                [](const ParameterReader& reader) -> Result<Plan> {
                  SPLITSITE_TRY(const NodeId host, reader.host("host"));
                  return Plan{InNode{host, "process.stop", {{"name", "x"}}, "process x"}};
                }),
          entry("bursts",
                {{"sites", "link", "where", "", "two sites"},
                 {"leave", "percent", "how soon over", "20", "1 to 100"},
                 {"for", "duration", "unused", "100ms", "1 ms to 1 s"}},
                "sites=a-b", [](const ParameterReader& reader) -> Result<Plan> {
                  SPLITSITE_TRY(const auto sites, reader.sites("sites"));
                  SPLITSITE_TRY(const double leave, reader.percent("leave", 1, 100));
                  SPLITSITE_TRY_VOID(reader.duration("for", 1ms, 1s));
                  return Plan{ImpairLink{{LinkKind::Site, sites.first, sites.second},
                                         {.bursts = BurstLoss{1, leave, 100, 0}}}};
                })};
}

Plan plan_of(const PlannedFault& planned) {
  const Catalogue catalogue = small_catalogue();
  const auto* found = find_entry(catalogue, planned.fault).value();
  return make_fault(*found, planned.parameters, fake_config()).value()->plan(fake_config()).value();
}

CampaignPlan drawn(std::uint64_t seed, int at_once = 3) {
  return draw_campaign(small_catalogue(), fake_config(), seed, {.faults = 12, .at_once = at_once})
      .value();
}

TEST_CASE("A seed means one plan, and another seed another") {
  CHECK(drawn(1) == drawn(1));
  CHECK_FALSE(drawn(1).faults == drawn(2).faults);
  CHECK(drawn(7).faults.size() == 12);
}

TEST_CASE("A plan is the same text after it was read, byte for byte") {
  for (std::uint64_t seed : {0ULL, 1ULL, 42ULL, 18446744073709551615ULL}) {
    const std::string text = to_text(drawn(seed));
    const auto back = campaign_from_text(text);
    REQUIRE(back.has_value());
    CHECK(back.value() == drawn(seed));
    CHECK(to_text(back.value()) == text);
  }
}

TEST_CASE("No two faults of a plan are in force together that cannot be, over many seeds") {
  std::set<std::string> kinds;
  int together = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto plan = drawn(seed);
    for (std::size_t i = 0; i < plan.faults.size(); ++i) {
      int beside = 0;
      kinds.insert(plan.faults[i].fault);
      CHECK(plan.faults[i].heal_at > plan.faults[i].inject_at);
      for (std::size_t j = 0; j < i; ++j) {
        if (plan.faults[j].heal_at <= plan.faults[i].inject_at) continue;
        ++beside;
        CHECK(conflict_between(plan_of(plan.faults[j]), plan_of(plan.faults[i]), fake_config())
                  .empty());
      }
      CHECK(beside < 3);
      together += beside;
    }
  }
  CHECK(kinds.size() == 3);
  CHECK(together > 300);
}

TEST_CASE("What cannot be in force together is named") {
  const Plan off = {PowerOff{NodeId("host-a1")}};
  const Plan stop = {InNode{NodeId("host-a1"), "process.stop", {}, "process x"}};
  const Plan other = {InNode{NodeId("host-a1"), "process.stop", {}, "process y"}};
  const LinkDirection way{LinkKind::Site, SiteId("a"), SiteId("b")};
  const Plan bursts = {ImpairLink{way, {.bursts = BurstLoss{1, 20, 100, 0}}}};
  const Plan delay = {ImpairLink{way, {.delay = 1ms}}};
  CHECK(conflict_between(off, stop, fake_config()) == "both change host-a1");
  CHECK(conflict_between(stop, off, fake_config()) == "both change host-a1");
  CHECK_FALSE(conflict_between(stop, stop, fake_config()).empty());
  CHECK(conflict_between(stop, other, fake_config()).empty());
  CHECK_FALSE(conflict_between(bursts, bursts, fake_config()).empty());
  CHECK(conflict_between(bursts, delay, fake_config()).empty());
}

TEST_CASE("What is no plan is refused") {
  const std::string good = to_text(drawn(3));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return campaign_from_text(text);
  };
  CHECK(campaign_from_text("").has_error());
  CHECK(campaign_from_text("[]").has_error());
  CHECK(with("\"seed\": 3", "\"seed\": -3").has_error());
  CHECK(with("\"seed\": 3", "\"seed\": 3, \"colour\": 1").has_error());
  CHECK(with("\"parameters\": {", "\"parameters\": {\"n\": 1, ").has_error());
  CHECK(with("\"heal_at_ms\"", "\"heal_at\"").has_error());
  CHECK(with("\"heal_at_ms\": ", "\"heal_at_ms\": -").has_error());
  CHECK(with("\"inject_at_ms\": ", "\"inject_at_ms\": 9999999").has_error());
}

TEST_CASE("Options out of range are refused") {
  const auto draw = [](const CampaignOptions& options) {
    return draw_campaign(small_catalogue(), fake_config(), 1, options).has_error();
  };
  CHECK(draw({.faults = 0}));
  CHECK(draw({.at_once = 0}));
  CHECK(draw({.shortest_gap = 3s, .longest_gap = 1s}));
  CHECK(draw({.shortest_hold = 0s}));
  CHECK(draw_campaign({}, fake_config(), 1, {}).has_error());
}

struct Play {
  FakeLab lab{fake_config()};
  FakeUndoLog undo;
  std::filesystem::path dir = make_dir();
  HistoryWriter history = HistoryWriter::create((dir / "h.jsonl").string(), lab.clock()).value();
  Injector injector{lab.bench(), undo, history};
  std::map<FaultId, ActiveFault> active;
  std::stop_source stop;
  CampaignHands hands{.inject = [this](std::unique_ptr<Fault> fault) -> Result<FaultId> {
                        SPLITSITE_TRY(auto made, injector.inject(std::move(fault)));
                        const FaultId id = made.id();
                        active.emplace(id, std::move(made));
                        return id;
                      },
                      .heal = [this](const FaultId& id) -> Result<void> {
                        auto fault = std::move(active.at(id));
                        active.erase(id);
                        return std::move(fault).heal();
                      },
                      .clock = lab.clock(),
                      .stop = stop.get_token()};

  ~Play() { std::filesystem::remove_all(dir); }
  static std::filesystem::path make_dir() { return make_temporary_directory(); }
};

TEST_CASE("Playing a plan puts everything in force and ends with nothing in force") {
  Play play;
  const auto before = play.lab.state();
  const auto plan = drawn(11);
  const Instant start = play.lab.clock().now();
  const auto findings = play_campaign(plan, small_catalogue(), fake_config(), play.hands);
  REQUIRE(findings.has_value());
  for (const CampaignFinding& finding : findings.value()) {
    INFO(finding.fault << ": " << finding.why);
    CHECK(finding.in_force);
    CHECK(finding.healed);
  }
  CHECK(play.lab.state() == before);
  const auto last = std::max_element(
      plan.faults.begin(), plan.faults.end(),
      [](const PlannedFault& a, const PlannedFault& b) { return a.heal_at < b.heal_at; });
  CHECK(play.lab.clock().now() - start >= last->heal_at);
}

TEST_CASE("A fault that is not proven is a finding, and the campaign goes on") {
  Play play;
  const auto before = play.lab.state();
  play.lab.fail_change(1);
  const auto findings = play_campaign(drawn(11), small_catalogue(), fake_config(), play.hands);
  REQUIRE(findings.has_value());
  CHECK_FALSE(findings.value().front().in_force);
  CHECK_FALSE(findings.value().front().why.empty());
  CHECK(findings.value().back().healed);
  CHECK(play.lab.state() == before);
}

TEST_CASE("An interrupted campaign heals first") {
  Play play;
  const auto before = play.lab.state();
  auto inject = play.hands.inject;
  play.hands.inject = [&](std::unique_ptr<Fault> fault) {
    play.stop.request_stop();
    return inject(std::move(fault));
  };
  const auto findings = play_campaign(drawn(11), small_catalogue(), fake_config(), play.hands);
  REQUIRE(findings.has_error());
  CHECK(findings.error().kind == ErrorKind::Interrupted);
  CHECK(play.active.empty());
  CHECK(play.lab.state() == before);
}

TEST_CASE("A plan that does not fit the lab is refused before anything is touched") {
  Play play;
  CampaignPlan plan = drawn(11);
  plan.faults.back().fault = "earthquake";
  int touched = 0;
  play.hands.inject = [&](std::unique_ptr<Fault>) -> Result<FaultId> {
    ++touched;
    return FaultId("f");
  };
  CHECK(play_campaign(plan, small_catalogue(), fake_config(), play.hands).has_error());
  CHECK(touched == 0);
}

}  // namespace
}  // namespace splitsite
