#include "harness/fault/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

// Ordered as written: a plan is read by people.
using Text = nlohmann::ordered_json;

std::int64_t to_ms(Duration d) { return std::chrono::duration_cast<milliseconds>(d).count(); }

Error unreadable(std::string why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read the campaign's plan",
               .why = std::move(why),
               .hint = "give a file that \"splitsite fault campaign --plan\" wrote"};
}

bool has_exactly(const json& object, const std::set<std::string>& keys) {
  if (!object.is_object() || object.size() != keys.size()) return false;
  return std::all_of(keys.begin(), keys.end(),
                     [&](const std::string& key) { return object.contains(key); });
}

Result<PlannedFault> fault_from(const json& item) {
  constexpr std::int64_t kLongest = 1000LL * 3600 * 24 * 7;  // a week
  if (!has_exactly(item, {"inject_at_ms", "heal_at_ms", "fault", "parameters"}) ||
      !item["inject_at_ms"].is_number_unsigned() || !item["heal_at_ms"].is_number_unsigned() ||
      !item["fault"].is_string() || !item["parameters"].is_object()) {
    return unreadable("a fault is not of the known form: " + item.dump());
  }
  const auto inject_at = item["inject_at_ms"].get<std::uint64_t>();
  const auto heal_at = item["heal_at_ms"].get<std::uint64_t>();
  if (heal_at <= inject_at || heal_at > static_cast<std::uint64_t>(kLongest)) {
    return unreadable("a fault ends before it begins, or after more than a week: " + item.dump());
  }
  PlannedFault fault{.inject_at = milliseconds(inject_at),
                     .heal_at = milliseconds(heal_at),
                     .fault = item["fault"].get<std::string>()};
  for (const auto& [name, value] : item["parameters"].items()) {
    if (!value.is_string()) return unreadable("a parameter is not text: " + item.dump());
    fault.parameters[name] = value.get<std::string>();
  }
  return fault;
}

// What must happen when. Ends come before beginnings of the same moment.
struct Turn {
  Duration at{};
  bool inject = false;
  std::size_t fault = 0;

  auto operator<=>(const Turn&) const = default;
};

std::vector<Turn> turns_of(const CampaignPlan& plan) {
  std::vector<Turn> turns;
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    turns.push_back({plan.faults[i].inject_at, true, i});
    turns.push_back({plan.faults[i].heal_at, false, i});
  }
  std::sort(turns.begin(), turns.end());
  return turns;
}

Result<void> wait_until(Duration at, Instant start, const CampaignHands& hands) {
  const Wait wait{.what = "the campaign's next turn",
                  .bound = std::max(start + at - hands.clock.now(), Duration::zero()),
                  .stop = hands.stop};
  const auto waited = eventually<bool>(hands.clock, wait, [&]() -> Probed<bool> {
    if (hands.clock.now() - start >= at) return true;
    return NotYet{"not yet its time"};
  });
  if (waited || waited.error().kind == ErrorKind::TimedOut) return success();
  return waited.error();
}

// The faults of a plan while it is played.
class Playing {
 public:
  Playing(std::vector<std::unique_ptr<Fault>> faults, std::vector<CampaignFinding> findings,
          const CampaignHands& hands)
      : faults_(std::move(faults)), findings_(std::move(findings)), hands_(hands) {}

  void take(const Turn& turn) { turn.inject ? inject(turn.fault) : heal(turn.fault); }

  void heal_rest() {
    for (std::size_t i = findings_.size(); i-- > 0;) heal(i);
  }

  std::vector<CampaignFinding> findings() && { return std::move(findings_); }

 private:
  void inject(std::size_t i) {
    auto id = hands_.inject(std::move(faults_[i]));
    if (!id) {
      findings_[i].why = id.error().message();
      return;
    }
    findings_[i].in_force = true;
    active_[i] = id.value();
  }

  void heal(std::size_t i) {
    const auto found = active_.find(i);
    if (found == active_.end()) return;
    auto healed = hands_.heal(found->second);
    active_.erase(found);
    findings_[i].healed = healed.has_value();
    if (!healed) findings_[i].why = healed.error().message();
  }

  std::vector<std::unique_ptr<Fault>> faults_;
  std::vector<CampaignFinding> findings_;
  const CampaignHands& hands_;
  std::map<std::size_t, FaultId> active_;
};

}  // namespace

std::string to_text(const CampaignPlan& plan) {
  Text faults = Text::array();
  for (const PlannedFault& fault : plan.faults) {
    Text parameters = Text::object();
    for (const auto& [name, value] : fault.parameters) parameters[name] = value;
    faults.push_back({{"inject_at_ms", to_ms(fault.inject_at)},
                      {"heal_at_ms", to_ms(fault.heal_at)},
                      {"fault", fault.fault},
                      {"parameters", parameters}});
  }
  const Text text = {{"seed", plan.seed}, {"lab", plan.lab}, {"faults", faults}};
  return text.dump(2) + "\n";
}

Result<CampaignPlan> campaign_from_text(const std::string& text) {
  const json read = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!has_exactly(read, {"seed", "lab", "faults"}) || !read["seed"].is_number_unsigned() ||
      !read["lab"].is_string() || !read["faults"].is_array()) {
    return unreadable("it is not of the known form");
  }
  CampaignPlan plan{.seed = read["seed"].get<std::uint64_t>(),
                    .lab = read["lab"].get<std::string>()};
  for (const json& item : read["faults"]) {
    SPLITSITE_TRY(auto fault, fault_from(item));
    if (!plan.faults.empty() && fault.inject_at < plan.faults.back().inject_at) {
      return unreadable("its faults are not in the order of their beginnings: " + item.dump());
    }
    plan.faults.push_back(std::move(fault));
  }
  return plan;
}

Result<std::vector<CampaignFinding>> play_campaign(const CampaignPlan& plan,
                                                   const Catalogue& catalogue,
                                                   const LabConfig& config,
                                                   const CampaignHands& hands) {
  std::vector<std::unique_ptr<Fault>> faults;
  std::vector<CampaignFinding> findings;
  for (const PlannedFault& planned : plan.faults) {
    SPLITSITE_TRY(const auto* entry, find_entry(catalogue, planned.fault));
    SPLITSITE_TRY(auto fault, make_fault(*entry, planned.parameters, config));
    faults.push_back(std::move(fault));
    const std::string given = to_text(planned.parameters);
    findings.push_back({.fault = planned.fault + (given.empty() ? "" : " " + given)});
  }
  const Instant start = hands.clock.now();
  Playing playing(std::move(faults), std::move(findings), hands);
  for (const Turn& turn : turns_of(plan)) {
    if (auto waited = wait_until(turn.at, start, hands); !waited) {
      playing.heal_rest();
      return waited.error();
    }
    playing.take(turn);
  }
  return std::move(playing).findings();
}

}  // namespace splitsite
