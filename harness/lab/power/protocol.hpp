// What a power controller and its fence agent say to each other: HTTP POST /power with
// {"username":…,"password":…,"plug":"host-a1","action":"off"}, answered by {"power":"off"} or
// {"error":"why"}.
#pragma once

#include <string>

#include "harness/core/result.hpp"

namespace splitsite::power {

inline constexpr const char* kPath = "/power";

enum class Action { Status, On, Off, Reboot };

struct Request {
  std::string username;
  std::string password;
  std::string plug;  // the host's name; empty with Status: does the controller answer at all?
  Action action = Action::Status;
};

struct Answer {
  bool on = false;
  std::string error;  // empty: `on` is the state of the power now
};

std::string_view to_string(Action action);  // "status"
Result<Action> action_from(const std::string& word);

std::string encode(const Request& request);
std::string encode(const Answer& answer);
// ErrorKind::Invalid.
Result<Request> decode_request(const std::string& text);
Result<Answer> decode_answer(const std::string& text);

}  // namespace splitsite::power
