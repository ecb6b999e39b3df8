#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/verdict/stays.hpp"
#include "reports/lanes.hpp"
#include "reports/report.hpp"

namespace splitsite {
namespace {

constexpr const char* kStyle = R"(
:root{--bg:#fbfbfa;--ink:#1d2430;--soft:#667085;--line:#e2e5ea;--card:#fff;--good:#1a7f4b;--bad:#b42318;--warn:#a15c07;--info:#175cd3}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--ink:#e6e9ee;--soft:#98a2b3;--line:#2a313c;--card:#1a2029;--good:#47c98b;--bad:#f97066;--warn:#f5b14c;--info:#84adff}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 24px 60px}h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:34px 0 10px}
.sub{color:var(--soft);margin:0}.badge{display:inline-block;padding:2px 10px;border-radius:10px;font-weight:600;color:#fff;font-size:13px;white-space:nowrap}
.holds{background:#1a7f4b}.violated{background:#b42318}.inconclusive,.not{background:#a15c07}.skipped{background:#475467}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line)}td,th{text-align:left;padding:8px 10px;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:13px;color:var(--soft);font-weight:600}td.num{white-space:nowrap;font-variant-numeric:tabular-nums}.req{color:var(--soft);font-size:13px;white-space:nowrap}
details{color:var(--soft);font-size:13px}summary{cursor:pointer}pre{margin:6px 0;white-space:pre-wrap;font-size:12px}
.plot{background:var(--card);border:1px solid var(--line);padding:12px;overflow-x:auto}svg{width:100%;min-width:900px;height:auto;display:block}
svg text{font:11px "DejaVu Sans",system-ui,sans-serif;fill:var(--ink)}svg .name{text-anchor:end}svg .group{font-weight:700;fill:var(--soft)}svg .tick{fill:var(--soft);text-anchor:middle;font-size:10px}
svg .grid{stroke:var(--line);stroke-width:1}svg .in{fill:#fff;font-size:10px;pointer-events:none}rect{fill:#98a2b3}
rect.primary{fill:#2e6fd8}rect.secondary{fill:#c2571a}rect.third{fill:#667085}rect.fault{fill:#b42318}rect.phase{fill:#475467}rect.phase.odd{fill:#667085}
rect.status.up{fill:#1a7f4b}rect.status.connecting,rect.status.initializing,rect.status.unassigned{fill:#b7791f}rect.status.non_responsive,rect.status.down{fill:#b42318}rect.status.maintenance,rect.status.preparing_for_maintenance{fill:#6941c6}
.key span{display:inline-block;margin-right:16px;font-size:13px;color:var(--soft)}.key i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:5px;vertical-align:-1px}
)";

std::string badge(Outcome outcome) {
  const std::string_view word = to_string(outcome);
  return fmt::format("<span class=\"badge {}\">{}</span>", word, word);
}

std::string verdict_row(const Verdict& verdict) {
  std::string evidence;
  if (!verdict.evidence.empty()) {
    evidence = fmt::format("<details><summary>evidence</summary><pre>{}</pre></details>",
                           escape(fmt::format("{}", fmt::join(verdict.evidence, "\n"))));
  }
  return fmt::format(
      "<tr><td>{}</td><td>{}<div class=\"req\">{}</div></td><td>{}{}</td>"
      "<td class=\"num\">{}</td><td class=\"num\">{}</td></tr>\n",
      badge(verdict.outcome), escape(verdict.title),
      escape(fmt::format("{}", fmt::join(verdict.requirements, " "))), escape(verdict.finding),
      evidence, verdict.measured ? escape(format_duration(verdict.measured->most)) : "",
      verdict.bounds ? escape(format_bounds(*verdict.bounds)) : "");
}

std::string bounds_table(const std::vector<ComposedBounds>& all) {
  std::string rows;
  for (const ComposedBounds& bounds : all) {
    rows += fmt::format("<tr><th>{}</th><th class=\"num\">{}</th></tr>\n", escape(bounds.name),
                        escape(format_bounds(bounds.total)));
    for (const BoundPart& part : bounds.parts) {
      rows += fmt::format("<tr><td>{}</td><td class=\"num\">{}</td></tr>\n", escape(part.name),
                          escape(format_bounds(part.range)));
    }
  }
  return rows;
}

std::string key() {
  const std::pair<const char*, const char*> colours[] = {{"#2e6fd8", "in the primary site"},
                                                         {"#c2571a", "in the secondary site"},
                                                         {"#1a7f4b", "up, in sync"},
                                                         {"#b7791f", "changing"},
                                                         {"#b42318", "fault, lost"}};
  std::string out = "<p class=\"key\">";
  for (const auto& [colour, meaning] : colours) {
    out += fmt::format("<span><i style=\"background:{}\"></i>{}</span>", colour, meaning);
  }
  return out + "</p>\n";
}

}  // namespace

std::string to_html(const Report& report) {
  std::string rows;
  for (const Verdict& verdict : report.verdicts) rows += verdict_row(verdict);
  const Duration end = end_of(report.events);
  return fmt::format(
      R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Splitsite: {scenario}, {outcome}</title><style>{style}</style></head><body><main>
<h1>{scenario} {badge}</h1>
<p class="sub">suite {suite}, run {run}, lab {lab}, timing profile {profile} (sanlock I/O timeout {io}), {length}, harness {revision}</p>
<h2>Verdicts</h2>
<table><tr><th></th><th>requirement</th><th>finding</th><th>measured</th><th>bound</th></tr>
{rows}</table>
<h2>Timeline</h2>
{key}<div class="plot">{svg}</div>
<p class="sub">Hosts as their Manager told them; storage, SPM lease and VMs as the agents in the nodes saw them. Hover for times.</p>
<h2>Where the bounds come from</h2>
<table>{bounds}</table>
<h2>Again</h2>
<pre>{command}</pre>
</main></body></html>
)",
      fmt::arg("scenario", escape(report.scenario)), fmt::arg("outcome", to_string(report.outcome)),
      fmt::arg("style", kStyle), fmt::arg("badge", badge(report.outcome)),
      fmt::arg("suite", escape(report.suite)), fmt::arg("run", escape(report.run)),
      fmt::arg("lab", escape(report.config.name)),
      fmt::arg("profile", escape(report.config.timing.profile)),
      fmt::arg("io", format_duration(report.config.timing.sanlock_io_timeout)),
      fmt::arg("length", format_duration(end)), fmt::arg("revision", escape(report.revision)),
      fmt::arg("rows", rows), fmt::arg("key", key()),
      fmt::arg("svg", to_svg(lanes_of(report), end)),
      fmt::arg("bounds", bounds_table(report.bounds)), fmt::arg("command", escape(report.command)));
}

}  // namespace splitsite
