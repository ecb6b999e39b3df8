#include "suites/vocabulary/withhold.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {

namespace {

// Empty: the cluster was asked, and nothing kept it from answering.
std::string excuse(const Events& events) {
  if (find_kind(events, kind::fault_active) == nullptr) return "no fault was in force";
  const Event* failed = find_kind(events, kind::environment_error);
  return failed != nullptr ? failed->data.value("message", "the environment failed") : "";
}

}  // namespace

void withhold_what_was_not_asked(const Events& events, Verdicts& verdicts) {
  const std::string why = excuse(events);
  if (why.empty()) return;
  static const std::set<std::string> safety = {"single-copy", "single-lease-holder",
                                               "one-writable-half", "no-lost-write"};
  for (Verdict& verdict : verdicts) {
    if (verdict.outcome != Outcome::Violated || safety.count(verdict.id) > 0) continue;
    verdict.outcome = Outcome::Inconclusive;
    verdict.finding = fmt::format("{}; seen all the same: {}", why, verdict.finding);
  }
}

}  // namespace splitsite
