// What observe() says of a kind of change in the fake lab: the test's to define. Linked by tests
// only.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"

namespace splitsite {

class FakeLab;

class FakeObservers {
 public:
  using Observer = std::function<Result<nlohmann::json>(FakeLab&, const NodeId&,
                                                        const nlohmann::json& arguments)>;
  void observe_by(const std::string& kind, Observer observer) {
    observers_[kind] = std::move(observer);
  }

 protected:
  ~FakeObservers() = default;

  Result<nlohmann::json> observe_in(FakeLab& lab, const NodeId& node, const std::string& kind,
                                    const nlohmann::json& arguments) {
    const auto observer = observers_.find(kind);
    if (observer != observers_.end()) return observer->second(lab, node, arguments);
    return Error{.kind = ErrorKind::Unavailable, .attempted = "observe", .subject = kind};
  }

 private:
  std::map<std::string, Observer> observers_;
};

}  // namespace splitsite
