// Drawing a campaign. Numbers come from a generator whose sequence the language fixes, and are
// shaped here, so that a seed means the same plan on every machine.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include "harness/fault/campaign.hpp"
#include "harness/ports/links.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 40;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : generator_(seed) {}

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(generator_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  Duration between(Duration least, Duration most) {
    const auto span = std::chrono::duration_cast<milliseconds>(most - least).count();
    return least + milliseconds(below(static_cast<std::size_t>(span) + 1));
  }
  // 0.50 to 2.00
  double factor() { return 0.01 * static_cast<double>(50 + below(151)); }

 private:
  std::mt19937_64 generator_;
};

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream in(list);
  for (std::string word; std::getline(in, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    if (!word.empty() && word.find(' ') == std::string::npos) words.push_back(word);
  }
  return words;
}

// Where it may happen, from the lab's description.
std::vector<std::string> places(const std::string& type, const LabConfig& config) {
  std::vector<std::string> names;
  if (type == "site") {
    for (const SiteConfig& site : config.sites) {
      if (!config.hosts_of(site.name).empty()) names.push_back(site.name.str());
    }
  } else if (type == "host") {
    for (const NodeConfig& node : config.nodes) {
      if (node.role == NodeRole::Host) names.push_back(node.name.str());
    }
  } else if (type == "link" || type == "sites") {
    for (const LinkConfig& link : config.links) {
      if (link.kind == LinkKind::Site) {
        names.push_back(fmt::format("{}-{}", link.first, link.second));
      }
    }
  }
  return names;
}

// "10ms" times 1.5 as text; what is no duration stays as it is.
std::string scaled_duration(const std::string& base, double factor) {
  const auto value = parse_duration(base);
  if (!value) return base;
  const auto ms = std::llround(static_cast<double>(value.value() / milliseconds(1)) * factor);
  return fmt::format("{}ms", std::max(1LL, ms));
}

std::string scaled_percent(const std::string& base, double factor) {
  double value = 0;
  if (!(std::istringstream(base) >> value)) return base;
  return fmt::format("{:g}", std::min(100.0, std::round(value * factor * 10) / 10));
}

// The example with other places, words and amounts; not yet known to be valid.
Parameters vary(const CatalogueEntry& entry, const Parameters& example, const LabConfig& config,
                Draw& draw) {
  Parameters drawn = example;
  for (const ParameterSpec& spec : entry.parameters) {
    const auto given = example.find(spec.name);
    const std::string base = given != example.end() ? given->second : spec.otherwise;
    const auto choose = [&](const std::vector<std::string>& from) {
      if (!from.empty()) drawn[spec.name] = from[draw.below(from.size())];
    };
    if (const auto there = places(spec.type, config); !there.empty()) {
      if (given != example.end() || draw.one_in(4)) choose(there);
    } else if (spec.type == "choice" || spec.type == "flag") {
      if (draw.one_in(2)) choose(words_of(spec.allowed));
    } else if (spec.type == "duration" && base != "none") {
      if (draw.one_in(2)) drawn[spec.name] = scaled_duration(base, draw.factor());
    } else if (spec.type == "percent" && base != "none") {
      if (draw.one_in(2)) drawn[spec.name] = scaled_percent(base, draw.factor());
    }
  }
  return drawn;
}

struct Drawn {
  PlannedFault planned;
  Plan plan;
};

// Some fault that is valid in this lab; the plain example if no variation of it is.
Result<Drawn> draw_fault(const Catalogue& catalogue, const LabConfig& config, Draw& draw) {
  const CatalogueEntry& entry = catalogue[draw.below(catalogue.size())];
  SPLITSITE_TRY(const Parameters example, parse_parameters(entry.example));
  for (int i = 0; i < kTries; ++i) {
    const Parameters parameters = i + 1 < kTries ? vary(entry, example, config, draw) : example;
    const auto fault = make_fault(entry, parameters, config);
    if (!fault) continue;
    SPLITSITE_TRY(Plan plan, fault.value()->plan(config));
    return Drawn{{.fault = entry.name, .parameters = parameters}, std::move(plan)};
  }
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "draw the fault",
               .subject = entry.name,
               .why = "its example does not fit this lab: " + entry.example};
}

bool fits(const Drawn& drawn, const std::vector<Drawn>& others, Duration at,
          const LabConfig& config) {
  return std::none_of(others.begin(), others.end(), [&](const Drawn& other) {
    return other.planned.heal_at > at && !conflict_between(other.plan, drawn.plan, config).empty();
  });
}

// The first moment from `wanted` on at which fewer than `at_once` are in force.
Duration free_from(Duration wanted, const std::vector<Drawn>& others, int at_once) {
  while (true) {
    Duration next = Duration::max();
    int busy = 0;
    for (const Drawn& other : others) {
      if (other.planned.heal_at <= wanted) continue;
      ++busy;
      next = std::min(next, other.planned.heal_at);
    }
    if (busy < at_once) return wanted;
    wanted = next;
  }
}

Result<void> check(const CampaignOptions& options, const Catalogue& catalogue) {
  std::string wrong;
  if (options.faults < 1 || options.faults > 1000) wrong = "faults: 1 to 1000";
  if (options.at_once < 1 || options.at_once > 8) wrong = "at once: 1 to 8";
  if (options.shortest_gap < Duration::zero() || options.longest_gap < options.shortest_gap) {
    wrong = "gaps: 0 or more, the shortest not above the longest";
  }
  if (options.shortest_hold < milliseconds(1) || options.longest_hold < options.shortest_hold) {
    wrong = "holds: 1 ms or more, the shortest not above the longest";
  }
  if (catalogue.empty()) wrong = "at least one kind of fault";
  if (wrong.empty()) return success();
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "draw a campaign",
               .why = "an option is out of range",
               .hint = "allowed: " + wrong};
}

}  // namespace

Result<CampaignPlan> draw_campaign(const Catalogue& catalogue, const LabConfig& config,
                                   std::uint64_t seed, const CampaignOptions& options) {
  SPLITSITE_TRY_VOID(check(options, catalogue));
  Draw draw(seed);
  std::vector<Drawn> all;
  Duration at{};
  while (all.size() < static_cast<std::size_t>(options.faults)) {
    at = free_from(at + draw.between(options.shortest_gap, options.longest_gap), all,
                   options.at_once);
    SPLITSITE_TRY(Drawn drawn, draw_fault(catalogue, config, draw));
    for (int i = 0; i < kTries && !fits(drawn, all, at, config); ++i) {
      SPLITSITE_TRY(Drawn again, draw_fault(catalogue, config, draw));
      drawn = std::move(again);
    }
    // Nothing fits beside what is in force then: alone it does.
    if (!fits(drawn, all, at, config)) at = free_from(at, all, 1);
    drawn.planned.inject_at = at;
    drawn.planned.heal_at = at + draw.between(options.shortest_hold, options.longest_hold);
    all.push_back(std::move(drawn));
  }
  CampaignPlan plan{.seed = seed, .lab = config.name};
  for (Drawn& drawn : all) plan.faults.push_back(std::move(drawn.planned));
  return plan;
}

}  // namespace splitsite
