#include "harness/verdict/verdict.hpp"

#include <algorithm>

namespace splitsite {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Holds:
      return "holds";
    case Outcome::Violated:
      return "violated";
    case Outcome::Inconclusive:
      return "inconclusive";
    case Outcome::Skipped:
      return "skipped";
    case Outcome::NotExercised:
      return "not exercised";
  }
  return "inconclusive";
}

Outcome merge(const Verdicts& verdicts) {
  const auto any = [&](Outcome outcome) {
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [&](const Verdict& v) { return v.outcome == outcome; });
  };
  if (verdicts.empty()) return Outcome::Inconclusive;
  for (const Outcome outcome :
       {Outcome::Violated, Outcome::Inconclusive, Outcome::NotExercised, Outcome::Holds}) {
    if (any(outcome)) return outcome;
  }
  return Outcome::Skipped;
}

int exit_code(Outcome outcome) {
  switch (outcome) {
    case Outcome::Holds:
      return 0;
    case Outcome::Violated:
      return 1;
    case Outcome::Skipped:
      return 4;
    case Outcome::Inconclusive:
    case Outcome::NotExercised:
      return 2;
  }
  return 2;
}

}  // namespace splitsite
