// A verdict: one requirement, judged on one history. Verdicts are pure functions of events, so an
// old run can be judged again with today's oracles and gives the same answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/time/window.hpp"

namespace splitsite {

enum class Outcome {
  Holds,
  Violated,
  Inconclusive,  // the environment, not the product, kept us from knowing
  Skipped,       // cannot be judged in this world; `finding` says why
  NotExercised,  // the story never came to the point where it applies
};

std::string_view to_string(Outcome outcome);

struct Verdict {
  std::string id;                         // "single-copy"
  std::string title;                      // the requirement in plain words
  std::vector<std::string> requirements;  // design ids: "AA-5"
  Outcome outcome = Outcome::Inconclusive;
  std::string finding;                   // one sentence: what was seen
  std::optional<Elapsed> measured = {};  // the longest measured time, where there is one
  std::optional<Bounds> bounds = {};
  std::vector<std::string> evidence = {};  // lines for the reader who doubts
};

using Verdicts = std::vector<Verdict>;

// The worst of all: violated over inconclusive over not exercised over holds. Skipped counts only
// when everything was skipped. No verdicts at all are inconclusive.
Outcome merge(const Verdicts& verdicts);

// 0 pass, 1 fail, 2 inconclusive (or a point never exercised), 4 everything skipped.
int exit_code(Outcome outcome);

}  // namespace splitsite
