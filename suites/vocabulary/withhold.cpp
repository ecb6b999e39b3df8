#include "suites/vocabulary/withhold.hpp"

#include <set>
#include <string>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {

void withhold_without_fault(const Events& events, Verdicts& verdicts) {
  if (find_kind(events, kind::fault_active) != nullptr) return;
  static const std::set<std::string> safety = {"single-copy", "single-lease-holder",
                                               "one-writable-half", "no-lost-write"};
  for (Verdict& verdict : verdicts) {
    if (verdict.outcome != Outcome::Violated || safety.count(verdict.id) > 0) continue;
    verdict.outcome = Outcome::Inconclusive;
    verdict.finding = "no fault was in force; without one: " + verdict.finding;
  }
}

}  // namespace splitsite
