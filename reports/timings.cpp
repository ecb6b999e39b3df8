#include "reports/timings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {
namespace {

std::optional<Duration> time_to_detect(const Events& events) {
  const Event* active = find_kind(events, kind::fault_active);
  if (active == nullptr) return std::nullopt;
  const Event* lost = first_after(events, active->at.lo, [](const Event& e) {
    return e.kind == kind::cluster_host && e.data.value("status", "") == "non_responsive";
  });
  if (lost == nullptr) return std::nullopt;
  return elapsed(active->at, lost->at).most;
}

// The longest measured time among the verdicts whose id begins with `prefix`.
std::optional<Duration> longest(const Verdicts& verdicts, const std::string& prefix) {
  std::optional<Duration> most;
  for (const Verdict& verdict : verdicts) {
    if (verdict.id.rfind(prefix, 0) != 0 || !verdict.measured) continue;
    most = std::max(most.value_or(Duration::zero()), verdict.measured->most);
  }
  return most;
}

std::string or_dash(const std::optional<Duration>& d) { return d ? format_duration(*d) : "-"; }

}  // namespace

std::vector<Timing> story_timings(const Report& report) {
  std::vector<Timing> timings;
  if (const auto detect = time_to_detect(report.events)) {
    timings.push_back({"time to detect", format_duration(*detect), ""});
  }
  const auto bound = [&](const char* id) -> std::string {
    for (const Verdict& v : report.verdicts) {
      if (v.id.rfind(id, 0) == 0 && v.bounds) return format_bounds(*v.bounds);
    }
    return "";
  };
  for (const auto& [name, id] :
       {std::pair{"time to fail over", "failover:"}, std::pair{"time to move the SPM", "spm-moves"},
        std::pair{"time to fail back", "failback:"}}) {
    if (bound(id).empty()) continue;
    timings.push_back({name, or_dash(longest(report.verdicts, id)), bound(id)});
  }
  return timings;
}

std::string to_table(const std::vector<Timing>& timings) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const Timing& timing : timings) {
    name_width = std::max(name_width, timing.name.size());
    value_width = std::max(value_width, timing.value.size());
  }
  std::string out;
  for (const Timing& timing : timings) {
    out += fmt::format("  {:<{}}  {:>{}}", timing.name, name_width, timing.value, value_width);
    if (!timing.budget.empty()) out += fmt::format("  (bound {})", timing.budget);
    out += "\n";
  }
  return out;
}

}  // namespace splitsite
