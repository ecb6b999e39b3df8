// The writers that make plain text: JUnit, JSON, the terminal's table.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/verdict/stays.hpp"
#include "reports/lanes.hpp"
#include "reports/report.hpp"

namespace splitsite {
namespace {

std::string times_of(const Verdict& verdict) {
  if (!verdict.measured && !verdict.bounds) return "";
  const std::string measured = verdict.measured ? format_duration(verdict.measured->most) : "-";
  if (!verdict.bounds) return measured;
  return fmt::format("{} in {}", measured, format_bounds(*verdict.bounds));
}

const char* colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Holds:
      return "\033[32m";
    case Outcome::Violated:
      return "\033[31m";
    case Outcome::Inconclusive:
    case Outcome::NotExercised:
      return "\033[33m";
    case Outcome::Skipped:
      return "\033[36m";
  }
  return "";
}

std::string details_of(const Verdict& verdict) {
  return fmt::format("{}\n{}", verdict.finding, fmt::join(verdict.evidence, "\n"));
}

}  // namespace

std::string escape(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML 1.0 has no way to carry other control characters.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string to_junit(const Report& report) {
  const auto count = [&](auto... outcomes) {
    return std::count_if(report.verdicts.begin(), report.verdicts.end(),
                         [&](const Verdict& v) { return ((v.outcome == outcomes) || ...); });
  };
  const double seconds = std::chrono::duration<double>(end_of(report.events)).count();
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format(
      "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"{:.3f}\">\n",
      escape(report.suite + ": " + report.scenario), report.verdicts.size(),
      count(Outcome::Violated), count(Outcome::Inconclusive, Outcome::NotExercised),
      count(Outcome::Skipped), seconds);
  for (const Verdict& verdict : report.verdicts) {
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\">", escape(report.suite),
                       escape(verdict.title));
    const std::string message = escape(verdict.finding);
    const std::string details = escape(details_of(verdict));
    switch (verdict.outcome) {
      case Outcome::Holds:
        break;
      case Outcome::Violated:
        out += fmt::format("<failure message=\"{}\">{}</failure>", message, details);
        break;
      case Outcome::Skipped:
        out += fmt::format("<skipped message=\"{}\"/>", message);
        break;
      case Outcome::Inconclusive:
      case Outcome::NotExercised:
        out += fmt::format("<error message=\"{}: {}\">{}</error>", to_string(verdict.outcome),
                           message, details);
    }
    out += "</testcase>\n";
  }
  return out + "</testsuite>\n";
}

std::string to_verdict_json(const Report& report) {
  nlohmann::ordered_json verdicts = nlohmann::ordered_json::array();
  for (const Verdict& verdict : report.verdicts) {
    verdicts.push_back({{"id", verdict.id},
                        {"title", verdict.title},
                        {"requirements", verdict.requirements},
                        {"outcome", to_string(verdict.outcome)},
                        {"finding", verdict.finding}});
  }
  const nlohmann::ordered_json all = {{"run", report.run},
                                      {"suite", report.suite},
                                      {"scenario", report.scenario},
                                      {"outcome", to_string(report.outcome)},
                                      {"verdicts", verdicts}};
  return all.dump(2) + "\n";
}

std::string to_table(const Report& report, bool colour) {
  std::string out = fmt::format("\n{}: {}\n", report.suite, report.scenario);
  for (const Verdict& verdict : report.verdicts) {
    const std::string outcome = fmt::format("{:<13}", to_string(verdict.outcome));
    out +=
        colour ? fmt::format("  {}{}\033[0m", colour_of(verdict.outcome), outcome) : "  " + outcome;
    out += fmt::format(" {}", verdict.title);
    if (!verdict.requirements.empty()) {
      out += fmt::format(" [{}]", fmt::join(verdict.requirements, " "));
    }
    out += fmt::format("\n                {}\n", verdict.finding);
    const std::string times = times_of(verdict);
    if (!times.empty()) out += fmt::format("                time: {}\n", times);
  }
  const std::string word(to_string(report.outcome));
  const auto holding = std::count_if(report.verdicts.begin(), report.verdicts.end(),
                                     [](const Verdict& v) { return v.outcome == Outcome::Holds; });
  out +=
      fmt::format("\n  verdict: {}{}{} ({} of {} hold)\n", colour ? colour_of(report.outcome) : "",
                  word, colour ? "\033[0m" : "", holding, report.verdicts.size());
  return out;
}

}  // namespace splitsite
