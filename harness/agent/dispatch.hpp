// From a line to the operation it asks for, and from the operation's result to the line that
// answers. Every request with an id is answered exactly once, whatever is wrong with it.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/agent/arguments.hpp"
#include "harness/core/result.hpp"

namespace splitsite::agent {

// Called once, now or later, by the loop's thread.
using Answer = std::function<void(Result<nlohmann::json>)>;

class Dispatcher {
 public:
  using Operation = std::function<Result<nlohmann::json>(Arguments&)>;
  using SlowOperation = std::function<void(Arguments&, Answer)>;

  explicit Dispatcher(std::function<void(const std::string& line)> send) : send_(std::move(send)) {}

  // Answers as it returns.
  void add(const std::string& op, Operation operation);
  // Answers later. The Arguments live only during the call.
  void add_slow(const std::string& op, SlowOperation operation);

  void handle(const std::string& line);
  // A line that was too long to read; its id is unknown.
  void refuse_oversized_line();

 private:
  void answer(const nlohmann::json& id, const Result<nlohmann::json>& result);

  std::function<void(const std::string& line)> send_;
  std::map<std::string, SlowOperation> operations_;
};

// {"kind":…,"attempted":…,"subject":…,"why":…,"hint":…}
nlohmann::json to_json(const Error& error);

}  // namespace splitsite::agent
