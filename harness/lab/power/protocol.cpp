#include "harness/lab/power/protocol.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace splitsite::power {
namespace {

using nlohmann::json;

constexpr std::array kActions = {Action::Status, Action::On, Action::Off, Action::Reboot};

Error unreadable(const std::string& what, const std::string& why) {
  return {.kind = ErrorKind::Invalid, .attempted = "read the", .subject = what, .why = why};
}

// The text under `key`, or nothing if there is none.
std::optional<std::string> text_of(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return {};
  return object[key].get<std::string>();
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::Status:
      return "status";
    case Action::On:
      return "on";
    case Action::Off:
      return "off";
    case Action::Reboot:
      return "reboot";
  }
  return "status";
}

Result<Action> action_from(const std::string& word) {
  for (const Action action : kActions) {
    if (word == to_string(action)) return action;
  }
  return unreadable("action", "\"" + word + "\" is none: status, on, off, reboot");
}

std::string encode(const Request& request) {
  return json{{"username", request.username},
              {"password", request.password},
              {"plug", request.plug},
              {"action", to_string(request.action)}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string encode(const Answer& answer) {
  const json object = answer.error.empty() ? json{{"power", answer.on ? "on" : "off"}}
                                           : json{{"error", answer.error}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Request> decode_request(const std::string& text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto username = text_of(object, "username");
  const auto password = text_of(object, "password");
  const auto plug = text_of(object, "plug");
  const auto action = text_of(object, "action");
  if (!username || !password || !plug || !action) {
    return unreadable("request", "it needs username, password, plug and action");
  }
  SPLITSITE_TRY(const Action wanted, action_from(*action));
  return Request{*username, *password, *plug, wanted};
}

Result<Answer> decode_answer(const std::string& text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (const auto error = text_of(object, "error")) return Answer{.on = false, .error = *error};
  const auto power = text_of(object, "power");
  if (!power || (*power != "on" && *power != "off")) {
    return unreadable("answer", "neither a state nor an error: " + text.substr(0, 200));
  }
  return Answer{.on = *power == "on", .error = {}};
}

}  // namespace splitsite::power
