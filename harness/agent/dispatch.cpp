#include "harness/agent/dispatch.hpp"

#include "harness/agent/event_log.hpp"

namespace splitsite::agent {
namespace {

Error not_a_request(std::string why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand",
               .subject = "the request",
               .why = std::move(why)};
}

std::string known(const std::map<std::string, Dispatcher::SlowOperation>& operations) {
  std::string names;
  for (const auto& [name, operation] : operations) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

Json to_json(const Error& error) {
  std::string why = error.why;
  if (error.cause) why += (why.empty() ? "it " : ", because it ") + error.cause->message();
  return Json{{"kind", to_string(error.kind)},
              {"attempted", error.attempted},
              {"subject", error.subject},
              {"why", why},
              {"hint", error.hint}};
}

void Dispatcher::add(const std::string& op, Operation operation) {
  operations_[op] = [operation = std::move(operation)](Arguments& arguments, const Answer& answer) {
    answer(operation(arguments));
  };
}

void Dispatcher::add_slow(const std::string& op, SlowOperation operation) {
  operations_[op] = std::move(operation);
}

void Dispatcher::handle(const std::string& line) {
  const Json request = Json::parse(line, nullptr, false);
  if (request.is_discarded()) return answer(nullptr, not_a_request("it is not JSON"));
  if (!request.is_object()) return answer(nullptr, not_a_request("it is not a JSON object"));
  const Json id = request.value("id", Json());
  if (!id.is_number_integer() && !id.is_string()) {
    return answer(nullptr, not_a_request("\"id\" must be a whole number or text"));
  }
  const auto op = request.find("op");
  if (op == request.end() || !op->is_string()) {
    return answer(id, not_a_request("\"op\" must be text"));
  }
  static const Json no_arguments = Json::object();
  const auto given = request.find("args");
  const Json& object = given == request.end() ? no_arguments : *given;
  if (!object.is_object()) return answer(id, not_a_request("\"args\" must be an object"));
  const auto operation = operations_.find(op->get<std::string>());
  if (operation == operations_.end()) {
    Error unknown = not_a_request("there is no op " + op->dump() + " in this node");
    unknown.hint = "there are " + known(operations_);
    return answer(id, unknown);
  }
  Arguments arguments(operation->first, object);
  operation->second(arguments, [this, id](const Result<Json>& result) { answer(id, result); });
}

void Dispatcher::refuse_oversized_line() {
  answer(nullptr, not_a_request("the line is longer than 64 KiB"));
}

void Dispatcher::answer(const Json& id, const Result<Json>& result) {
  Json reply{{"id", id}};
  if (result) {
    reply["ok"] = result.value();
  } else {
    reply["error"] = to_json(result.error());
  }
  send_(to_line(reply));
}

}  // namespace splitsite::agent
