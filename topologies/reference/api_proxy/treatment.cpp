#include "topologies/reference/api_proxy/treatment.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace splitsite::reference {
namespace {

using nlohmann::json;

Error wrong(const char* argument, const std::string& why, const std::string& allowed) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read the argument",
               .subject = argument,
               .why = why,
               .hint = "allowed: " + allowed};
}

std::optional<Mode> mode_named(const std::string& word) {
  if (word == "slow") return Mode::Slow;
  if (word == "reset") return Mode::Reset;
  if (word == "black-hole") return Mode::BlackHole;
  if (word == "http-error") return Mode::HttpError;
  return std::nullopt;
}

Result<double> number(const json& arguments, const char* name, double otherwise, double least,
                      double most) {
  const auto found = arguments.find(name);
  if (found == arguments.end()) return otherwise;
  const std::string allowed = fmt::format("{:g} to {:g}", least, most);
  if (!found->is_number()) return wrong(name, found->dump() + " is no number", allowed);
  const double value = found->get<double>();
  if (value >= least && value <= most) return value;
  return wrong(name, fmt::format("{:g} is out of range", value), allowed);
}

}  // namespace

Result<Treatment> treatment_from(const json& arguments) {
  constexpr const char* kModes = "slow, reset, black-hole, http-error";
  if (!arguments.is_object() || !arguments.contains("mode") || !arguments["mode"].is_string()) {
    return wrong("mode", "it is missing", kModes);
  }
  const auto mode = mode_named(arguments["mode"].get<std::string>());
  if (!mode) return wrong("mode", arguments["mode"].dump() + " is unknown", kModes);
  std::set<std::string> known = {"mode", "share_percent", "seed"};
  if (*mode == Mode::Slow) known.insert("per_answer_ms");
  if (*mode == Mode::HttpError) known.insert("status");
  for (const auto& [name, value] : arguments.items()) {
    if (known.count(name) > 0) continue;
    return wrong(name.c_str(), "it means nothing in this mode", "leave it out");
  }
  if (*mode == Mode::Slow && !arguments.contains("per_answer_ms")) {
    return wrong("per_answer_ms", "it is missing", "1 to 60000");
  }
  SPLITSITE_TRY(const double later, number(arguments, "per_answer_ms", 1, 1, 60000));
  SPLITSITE_TRY(const double status, number(arguments, "status", 503, 400, 599));
  SPLITSITE_TRY(const double share, number(arguments, "share_percent", 100, 1, 100));
  SPLITSITE_TRY(const double seed, number(arguments, "seed", 1, 0, 4294967295.0));
  return Treatment{.mode = *mode,
                   .per_answer = std::chrono::duration_cast<Duration>(
                       std::chrono::duration<double, std::milli>(later)),
                   .status = static_cast<int>(status),
                   .share_percent = share,
                   .seed = static_cast<std::uint64_t>(seed)};
}

std::string describe(const Treatment& treatment) {
  const std::string share =
      treatment.share_percent < 100
          ? fmt::format(", on {:g} % of the connections", treatment.share_percent)
          : "";
  switch (treatment.mode) {
    case Mode::Slow:
      return fmt::format("answers {} later{}", format_duration(treatment.per_answer), share);
    case Mode::Reset:
      return "connections reset" + share;
    case Mode::BlackHole:
      return "no answers" + share;
    case Mode::HttpError:
      return fmt::format("HTTP status {}{}", treatment.status, share);
  }
  return {};
}

}  // namespace splitsite::reference
