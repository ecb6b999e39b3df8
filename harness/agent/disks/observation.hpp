// A kind that is only observed: registered beside the changes, so that proofs ask for it in the
// same words, and refused when somebody wants to apply it.
#pragma once

#include <string>

#include "harness/agent/changes/change.hpp"

namespace splitsite::agent {

class Observation : public Change {
 public:
  Result<Json> prepare(const Json&) final { return Result<Json>(only_observed()); }
  Result<Json> apply(const Json&, Json&) final { return Result<Json>(only_observed()); }
  Result<void> revert(const Json&) final { return success(); }
  Result<Json> observe(const Json&) override {
    return Error{.kind = ErrorKind::Internal,
                 .attempted = "observe at once",
                 .why = "this kind answers later"};
  }

 private:
  static Error only_observed() {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "apply",
                 .why = "this kind changes nothing, it is only observed"};
  }
};

}  // namespace splitsite::agent
