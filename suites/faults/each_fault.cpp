#include "suites/faults/each_fault.hpp"

#include <fmt/format.h>

#include "faults/catalogue.hpp"
#include "harness/observe/kinds.hpp"
#include "harness/verdict/safety.hpp"
#include "harness/verdict/stays.hpp"
#include "suites/vocabulary/cast.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// After a site's power loss: boot, resync, failback.
constexpr Duration kSteadyAgain = 8min;

Catalogue beginning_with(const std::string& prefix) {
  Catalogue some;
  for (const CatalogueEntry& entry : fault_catalogue()) {
    if (entry.name.rfind(prefix, 0) == 0) some.push_back(entry);
  }
  return some;
}

Result<void> steady(Stage& stage, const std::string& when) {
  if (!stage.unsteady()) return success();
  auto steady = stage.bring_to_steady_state(kSteadyAgain);
  if (!steady) return steady.error().while_attempting("bring the lab to its steady state", when);
  return success();
}

// One example of an entry.
struct Played {
  const CatalogueEntry* entry;
  std::string example;
  std::string title;  // "link-delay"; of a further example also what it is
};

std::vector<Played> examples_in(const Catalogue& catalogue) {
  std::vector<Played> all;
  for (const CatalogueEntry& entry : catalogue) {
    all.push_back({&entry, entry.example, entry.name});
    for (const std::string& further : entry.further_examples) {
      all.push_back({&entry, further, entry.name + " " + further});
    }
  }
  return all;
}

Result<std::unique_ptr<Fault>> fault_of(const Played& played, const LabConfig& config) {
  SPLITSITE_TRY(const Parameters given, parse_parameters(played.example));
  return make_fault(*played.entry, given, config);
}

// A fault that is not proven is for the verdict; an error ends the story.
Result<void> whole_life(Stage& stage, const Played& played) {
  SPLITSITE_TRY(auto fault, fault_of(played, stage.config()));
  auto active = stage.injector().inject(std::move(fault));
  if (!active) {
    const Error& why = active.error();
    if (why.kind == ErrorKind::Interrupted || stage.injector().dirty()) return why;
    stage.history().record("harness", kind::wait_expired, played.title, {{"why", why.message()}});
    return success();
  }
  return std::move(active).value().heal();
}

Result<void> play(Stage& stage, const std::string& prefix) {
  const Catalogue catalogue = beginning_with(prefix);
  for (const Played& played : examples_in(catalogue)) {
    stage.phase(played.title);
    SPLITSITE_TRY_VOID(steady(stage, "before " + played.title));
    SPLITSITE_TRY_VOID(whole_life(stage, played));
  }
  stage.phase("read back");
  SPLITSITE_TRY_VOID(steady(stage, "after the last fault"));
  return stage.read_disks_back();
}

std::string word(const Event& event, const char* key) {
  const auto found = event.data.find(key);
  return found != event.data.end() && found->is_string() ? found->get<std::string>() : "";
}

const Event* about(const Events& events, const std::string& fault, const char* event_kind) {
  return first_after(events, Duration::min(), [&](const Event& event) {
    return event.kind == event_kind && event.subject == fault;
  });
}

std::string took(const Event& event) { return format_duration(event.at.hi - event.at.lo); }

// The life of one fault as the history tells it.
Verdict whole_life_of(const Events& events, const Played& played, const LabConfig& config) {
  Verdict verdict{.id = "fault:" + played.title,
                  .title = fmt::format("{}: in force and healed, both proven", played.title)};
  const auto fault = fault_of(played, config);
  const bool only_one = played.entry->further_examples.empty();
  const Event* injected = first_after(events, Duration::min(), [&](const Event& event) {
    return event.kind == kind::fault_inject && word(event, "fault") == played.entry->name &&
           (only_one || (fault && event.data.value("parameters", nlohmann::json()) ==
                                      fault.value()->parameters()));
  });
  if (injected == nullptr) {
    verdict.outcome = Outcome::NotExercised;
    verdict.finding = "it was not injected";
    const Event* why = about(events, played.title, kind::wait_expired);
    if (why != nullptr) verdict.finding += ": " + word(*why, "why");
    return verdict;
  }
  const std::string& id = injected->subject;
  verdict.outcome = Outcome::Inconclusive;
  for (const char* bad : {kind::fault_not_proven, kind::fault_left}) {
    if (const Event* event = about(events, id, bad)) {
      verdict.finding = word(*event, "why");
      return verdict;
    }
  }
  const Event* active = about(events, id, kind::fault_active);
  const Event* healed = about(events, id, kind::fault_healed);
  if (active == nullptr || healed == nullptr) {
    verdict.finding = "the history ends in the middle of it";
    return verdict;
  }
  const Event* heal = about(events, id, kind::fault_heal);
  if (const Event* ended = heal ? lifted_between(events, active->at, heal->at) : nullptr) {
    verdict.finding = fmt::format("{} lifted a part of it by itself at {}, before the heal",
                                  ended->actor, format_offset(ended->at.hi));
    return verdict;
  }
  verdict.outcome = Outcome::Holds;
  verdict.finding = fmt::format("{}: proven after {}, healed and proven after {}",
                                word(*active, "description"), took(*active), took(*healed));
  if (const Event* proof = about(events, id, kind::fault_proof)) {
    verdict.evidence = {fmt::format("{}; measured: {}; control: {}", word(*proof, "claim"),
                                    word(*proof, "measured"), word(*proof, "control"))};
  }
  verdict.evidence.push_back(
      fmt::format("{}; measured: {}", word(*healed, "claim"), word(*healed, "measured")));
  return verdict;
}

Judgement judge(const Events& events, const LabConfig& config, const std::string& prefix) {
  const Cast cast = cast_of(config);
  Judgement judgement;
  Verdicts& verdicts = judgement.verdicts;
  const Catalogue catalogue = beginning_with(prefix);
  for (const Played& played : examples_in(catalogue)) {
    verdicts.push_back(whole_life_of(events, played, config));
  }
  verdicts.push_back(single_copy(events, cast.all_vms));
  verdicts.push_back(single_lease_holder(events, cast.leases));
  verdicts.push_back(one_writable_half(events));
  verdicts.push_back(no_lost_write(events, cast.all_vms));
  return judgement;
}

}  // namespace

bool any_fault_begins_with(const std::string& prefix) { return !beginning_with(prefix).empty(); }

Scenario each_fault(const std::string& prefix) {
  return {
      .suite = "faults",
      .name = prefix.empty() ? "faults" : "faults-" + prefix,
      .title = "Every fault of the catalogue takes effect and ends without a trace, both proven",
      .play = [prefix](Stage& stage) { return play(stage, prefix); },
      .judge = [prefix](const Events& events,
                        const LabConfig& config) { return judge(events, config, prefix); }};
}

}  // namespace splitsite
