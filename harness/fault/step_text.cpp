// Steps as text: for people, and as lines of the undo log.
#include <fmt/format.h>

#include <optional>

#include "harness/fault/step.hpp"
#include "harness/fault/step_visit.hpp"
#include "harness/ports/links_json.hpp"

namespace splitsite {
namespace {

using nlohmann::json;

json on_node(const char* step, const NodeId& node) {
  return {{"step", step}, {"node", node.str()}};
}

json to_json(const Step& step) {
  return visit_step(
      step, [](const PowerOff& s) { return on_node("power_off", s.node); },
      [](const PowerReset& s) { return on_node("power_reset", s.node); },
      [](const Suspend& s) { return on_node("suspend", s.node); },
      [](const ImpairLink& s) {
        const bool site = s.direction.kind == LinkKind::Site;
        return json{{"step", "impair_link"},
                    {"link", site ? "site" : "replication"},
                    {"from", s.direction.from.str()},
                    {"to", s.direction.to.str()},
                    {"effect", splitsite::to_json(s.effect)}};
      },
      [](const InNode& s) {
        json value = on_node("in_node", s.node);
        value["kind"] = s.kind;
        value["arguments"] = s.arguments;
        value["resource"] = s.resource;
        return value;
      },
      [](const TakeDown& s) {
        json value = on_node("take_down", s.node);
        value["kind"] = s.kind;
        value["arguments"] = s.arguments;
        value["comes_back"] = s.comes_back;
        return value;
      },
      [](const Hold& s) {
        return json{{"step", "hold"},
                    {"applying_ns", s.applying.count()},
                    {"undoing_ns", s.undoing.count()}};
      });
}

Error unreadable(const std::string& why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read an entry of the undo log",
               .why = why,
               .hint = "take the lab down with \"splitsite lab down\""};
}

Result<Step> impair_link_from(const json& value) {
  const std::string link = value.at("link").get<std::string>();
  if (link != "site" && link != "replication") return unreadable("unknown link: " + link);
  SPLITSITE_TRY(auto effect, impairment_from(value.at("effect")));
  return Step(ImpairLink{.direction = {link == "site" ? LinkKind::Site : LinkKind::Replication,
                                       SiteId(value.at("from").get<std::string>()),
                                       SiteId(value.at("to").get<std::string>())},
                         .effect = std::move(effect)});
}

// Throws json exceptions on missing keys; plan_from_text turns them into an Error.
Result<Step> step_from(const json& value) {
  const std::string name = value.at("step").get<std::string>();
  const auto node = [&] { return NodeId(value.at("node").get<std::string>()); };
  if (name == "power_off") return Step(PowerOff{node()});
  if (name == "power_reset") return Step(PowerReset{node()});
  if (name == "suspend") return Step(Suspend{node()});
  if (name == "impair_link") return impair_link_from(value);
  if (name == "in_node") {
    return Step(InNode{node(), value.at("kind"), value.at("arguments"), value.at("resource")});
  }
  if (name == "take_down") {
    return Step(TakeDown{node(), value.at("kind"), value.at("arguments"), value.at("comes_back")});
  }
  if (name == "hold") {
    return Step(Hold{Duration(value.at("applying_ns").get<std::int64_t>()),
                     Duration(value.at("undoing_ns").get<std::int64_t>())});
  }
  return unreadable("it has an unknown step: " + value.dump());
}

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

std::string resource_of(const Step& step) {
  const auto power = [](const NodeId& node) { return fmt::format("power of {}", node); };
  return visit_step(
      step, [&](const PowerOff& s) { return power(s.node); },
      [&](const PowerReset& s) { return power(s.node); },
      [&](const Suspend& s) { return power(s.node); },
      [](const ImpairLink&) { return std::string(); },
      [](const InNode& s) { return fmt::format("{} of {}", s.resource, s.node); },
      [&](const TakeDown& s) { return power(s.node); }, [](const Hold&) { return std::string(); });
}

std::string describe(const Step& step) {
  return visit_step(
      step, [](const PowerOff& s) { return fmt::format("power off {}", s.node); },
      [](const PowerReset& s) { return fmt::format("reset {}", s.node); },
      [](const Suspend& s) { return fmt::format("suspend {}", s.node); },
      [](const ImpairLink& s) {
        return fmt::format("add to {}: {}", describe(s.direction), describe(s.effect));
      },
      [](const InNode& s) {
        return fmt::format("on {}: {} {}", s.node, s.kind, s.arguments.dump());
      },
      [](const TakeDown& s) {
        return fmt::format("take down {}: {} {}", s.node, s.kind, s.arguments.dump());
      },
      [](const Hold& s) {
        return fmt::format("hold for {:g} s (undoing: {:g} s)", seconds(s.applying),
                           seconds(s.undoing));
      });
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
      SPLITSITE_TRY(auto step, step_from(value));
      plan.push_back(std::move(step));
    }
  } catch (const json::exception& error) {
    return unreadable(error.what());
  }
  return plan;
}

}  // namespace splitsite
