#include "reports/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {
namespace {

std::string word(const Event& event, const char* key) {
  const auto it = event.data.find(key);
  return it != event.data.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

Lane fault_lane(const Events& events, Duration end) {
  Lane lane{.group = "faults", .name = "in force", .spans = {}};
  for (const Event& event : events) {
    if (event.kind != kind::fault_active) continue;
    const Event* heal = first_after(events, event.at.lo, [&](const Event& e) {
      return e.kind == kind::fault_heal && e.subject == event.subject;
    });
    lane.spans.push_back(
        {event.at.lo, heal ? heal->at.lo : end, word(event, "description"), "fault"});
  }
  return lane;
}

Lane phase_lane(const Events& events, Duration end) {
  Lane lane{.group = "run", .name = "phase", .spans = {}};
  for (const Event& event : events) {
    if (event.kind != kind::run_phase) continue;
    if (!lane.spans.empty()) lane.spans.back().to = event.at.lo;
    const char* look = lane.spans.size() % 2 == 0 ? "phase" : "phase odd";
    lane.spans.push_back({event.at.lo, end, word(event, "phase"), look});
  }
  return lane;
}

// Spans between changes of one word: host status, data centre status.
Lane status_lane(const Events& events, const char* event_kind, const std::string& subject,
                 const char* key, Duration end, Lane lane) {
  for (const Event& event : events) {
    if (event.kind != event_kind || event.subject != subject) continue;
    const std::string status = word(event, key);
    if (!lane.spans.empty()) {
      if (lane.spans.back().label == status) continue;
      lane.spans.back().to = event.at.lo;
    }
    lane.spans.push_back({event.at.lo, end, status, "status " + status});
  }
  return lane;
}

// What DRBD said on this node: connection, own role, own disk.
Lane storage_lane(const Events& events, const NodeId& node, Duration end, Lane lane) {
  for (const Event& event : events) {
    const bool lost = event.kind == kind::node_power && event.subject == node.str();
    const bool told = event.kind == kind::drbd_state && event.actor == node.str();
    if (!lost && !told) continue;
    if (!lane.spans.empty() && lane.spans.back().to == end) lane.spans.back().to = event.at.lo;
    if (lost) continue;
    const std::string state = fmt::format("{} {} {}", word(event, "connection"),
                                          word(event, "role"), word(event, "disk"));
    const bool sound = state == "Connected Primary UpToDate";
    lane.spans.push_back({event.at.lo, end, state, sound ? "status up" : "status connecting"});
  }
  return lane;
}

std::string site_look(const LabConfig& config, const NodeId& node) {
  const NodeConfig* found = config.find_node(node);
  const SiteConfig* site = found ? config.find_site(found->site) : nullptr;
  if (site == nullptr) return "third";
  return site->role == SiteRole::Primary     ? "primary"
         : site->role == SiteRole::Secondary ? "secondary"
                                             : "third";
}

Lane stay_lane(const LabConfig& config, const std::vector<Stay>& stays, Duration end, Lane lane) {
  for (const Stay& stay : stays) {
    lane.spans.push_back({stay.begin.lo, stay.end ? stay.end->hi : end, stay.node.str(),
                          site_look(config, stay.node)});
  }
  return lane;
}

constexpr int kNameWidth = 110;
constexpr int kPlotWidth = 1010;
constexpr int kRow = 22;
constexpr int kGroupGap = 20;

double scale(Duration at, Duration end) {
  if (end <= Duration::zero()) return kNameWidth;
  return kNameWidth + kPlotWidth * std::chrono::duration<double>(at).count() /
                          std::chrono::duration<double>(end).count();
}

std::string draw_span(const Span& span, int y, Duration end) {
  const double x = scale(span.from, end);
  const double width = std::max(1.0, scale(span.to, end) - x);
  const std::string tip =
      fmt::format("{}: {} to {}", span.label, format_offset(span.from), format_offset(span.to));
  std::string out = fmt::format(
      R"(<g><title>{}</title><rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}" rx="2"/>)",
      escape(tip), escape(span.look), x, y + 2, width, kRow - 4);
  constexpr double kLetter = 6.1;
  const auto fits = static_cast<std::size_t>(std::max(0.0, (width - 6) / kLetter));
  if (fits >= 3) {
    const std::string label = span.label.size() <= fits ? span.label : span.label.substr(0, fits);
    out += fmt::format(R"(<text class="in" x="{:.1f}" y="{}">{}</text>)", x + 3, y + 15,
                       escape(label));
  }
  return out + "</g>\n";
}

std::string draw_axis(Duration end, int height) {
  const double seconds = std::chrono::duration<double>(end).count();
  const int step = seconds > 900 ? 120 : seconds > 400 ? 60 : seconds > 120 ? 30 : 10;
  std::string out;
  for (int s = 0; s <= static_cast<int>(seconds); s += step) {
    const double x = scale(std::chrono::seconds(s), end);
    out += fmt::format(R"(<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="18" y2="{1}"/>)", x,
                       height);
    out += fmt::format(R"(<text class="tick" x="{:.1f}" y="12">{} s</text>)", x, s);
  }
  return out + "\n";
}

}  // namespace

Duration end_of(const Events& events) {
  Duration end{};
  for (const Event& event : events) end = std::max(end, event.at.hi);
  return end;
}

std::vector<Lane> lanes_of(const Report& report) {
  const Events& events = report.events;
  const Duration end = end_of(events);
  std::vector<Lane> lanes = {phase_lane(events, end), fault_lane(events, end)};
  for (const SiteConfig& site : report.config.sites) {
    for (const NodeId& node : report.config.nodes_of(site.name)) {
      const NodeConfig* config = report.config.find_node(node);
      const Lane lane{.group = fmt::format("site {}", site.name), .name = node.str(), .spans = {}};
      if (config != nullptr && config->role == NodeRole::Manager) continue;  // nobody reports on it
      if (config != nullptr && config->role == NodeRole::Storage) {
        lanes.push_back(storage_lane(events, node, end, lane));
      } else {
        lanes.push_back(status_lane(events, kind::cluster_host, node.str(), "status", end, lane));
      }
    }
  }
  const Lane spm{.group = "roles and VMs", .name = "SPM lease", .spans = {}};
  lanes.push_back(stay_lane(report.config, lease_stays(events, "SDM"), end, spm));
  for (const VmConfig& vm : report.config.vms) {
    const std::string mark = vm.highly_available ? "" : " (no HA)";
    const Lane lane{.group = "roles and VMs", .name = vm.name.str() + mark, .spans = {}};
    lanes.push_back(stay_lane(report.config, running_stays(events, vm.name), end, lane));
  }
  return lanes;
}

std::string to_svg(const std::vector<Lane>& lanes, Duration end) {
  std::string body;
  int y = 18;
  std::string group;
  for (const Lane& lane : lanes) {
    if (lane.group != group) {
      group = lane.group;
      body += fmt::format(R"(<text class="group" x="0" y="{}">{}</text>)", y + 15, escape(group));
      y += kGroupGap;
    }
    body += fmt::format(R"(<text class="name" x="{}" y="{}">{}</text>)", kNameWidth - 6, y + 15,
                        escape(lane.name));
    for (const Span& span : lane.spans) body += draw_span(span, y, end);
    y += kRow;
  }
  return fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="timeline of the run">)"
                     "\n{}{}</svg>\n",
                     kNameWidth + kPlotWidth + 10, y + 4, draw_axis(end, y), body);
}

}  // namespace splitsite
