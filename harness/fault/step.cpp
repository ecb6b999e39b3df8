#include "harness/fault/step.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace splitsite {
namespace {

using nlohmann::json;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

json to_json(const Impairment& impairment) {
  return {{"delay_ns", impairment.delay.count()},
          {"jitter_ns", impairment.jitter.count()},
          {"loss_percent", impairment.loss_percent}};
}

Impairment impairment_from(const json& value) {
  return Impairment{.delay = Duration(value.at("delay_ns").get<std::int64_t>()),
                    .jitter = Duration(value.at("jitter_ns").get<std::int64_t>()),
                    .loss_percent = value.at("loss_percent").get<double>()};
}

json to_json(const Step& step) {
  return std::visit(Overloaded{[](const PowerOff& off) {
                                 return json{{"step", "power_off"}, {"node", off.node.str()}};
                               },
                               [](const ImpairLink& impair) {
                                 const bool site = impair.direction.kind == LinkKind::Site;
                                 return json{{"step", "impair_link"},
                                             {"link", site ? "site" : "replication"},
                                             {"from", impair.direction.from.str()},
                                             {"to", impair.direction.to.str()},
                                             {"before", to_json(impair.before)},
                                             {"during", to_json(impair.during)}};
                               }},
                    step);
}

// Throws json exceptions on missing keys; plan_from_text turns them into an Error.
std::optional<Step> step_from(const json& value) {
  const std::string name = value.at("step").get<std::string>();
  if (name == "power_off") return PowerOff{NodeId(value.at("node").get<std::string>())};
  if (name != "impair_link") return std::nullopt;
  const std::string link = value.at("link").get<std::string>();
  if (link != "site" && link != "replication") return std::nullopt;
  return ImpairLink{.direction = {link == "site" ? LinkKind::Site : LinkKind::Replication,
                                  SiteId(value.at("from").get<std::string>()),
                                  SiteId(value.at("to").get<std::string>())},
                    .before = impairment_from(value.at("before")),
                    .during = impairment_from(value.at("during"))};
}

Error unreadable(const std::string& why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read an entry of the undo log",
               .why = why,
               .hint = "take the lab down with \"splitsite lab down\""};
}

}  // namespace

std::string resource_of(const Step& step) {
  return std::visit(
      Overloaded{[](const PowerOff& off) { return fmt::format("power of {}", off.node); },
                 [](const ImpairLink& impair) { return describe(impair.direction); }},
      step);
}

std::string describe(const Step& step) {
  return std::visit(
      Overloaded{[](const PowerOff& off) { return fmt::format("power off {}", off.node); },
                 [](const ImpairLink& impair) {
                   return fmt::format("set {} from {} to {}", describe(impair.direction),
                                      describe(impair.before), describe(impair.during));
                 }},
      step);
}

std::string to_text(const Plan& plan) {
  json steps = json::array();
  for (const Step& step : plan) steps.push_back(to_json(step));
  return steps.dump();
}

Result<Plan> plan_from_text(const std::string& text) {
  const json steps = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!steps.is_array()) return unreadable("it is not a list of steps");
  Plan plan;
  try {
    for (const json& value : steps) {
      auto step = step_from(value);
      if (!step) return unreadable("it has an unknown step: " + value.dump());
      plan.push_back(std::move(*step));
    }
  } catch (const json::exception& error) {
    return unreadable(error.what());
  }
  return plan;
}

Result<void> apply(const Step& step, const Switches& switches) {
  return std::visit(Overloaded{[&](const PowerOff& off) { return switches.power.off(off.node); },
                               [&](const ImpairLink& impair) {
                                 return switches.links.set(impair.direction, impair.during);
                               }},
                    step);
}

Result<void> undo(const Step& step, const Switches& switches) {
  return std::visit(Overloaded{[&](const PowerOff& off) { return switches.power.on(off.node); },
                               [&](const ImpairLink& impair) {
                                 return switches.links.set(impair.direction, impair.before);
                               }},
                    step);
}

Result<void> undo_all(const Plan& plan, const Switches& switches) {
  std::optional<Error> failed;
  for (auto step = plan.rbegin(); step != plan.rend(); ++step) {
    auto undone = undo(*step, switches);
    if (undone) continue;
    Error error = undone.error().while_attempting("undo", describe(*step));
    if (failed) error.why = "and also " + failed->message();
    failed = std::move(error);
  }
  if (failed) return std::move(*failed);
  return success();
}

}  // namespace splitsite
