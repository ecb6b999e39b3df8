// A scenario: a story played on a stage, and the oracles that judge its history. Playing and
// judging are apart, so that an old history can be judged again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/stage/stage.hpp"
#include "harness/verdict/bounds.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

struct Judgement {
  Verdicts verdicts;
  std::vector<ComposedBounds> bounds;
};

struct Scenario {
  std::string suite;  // what "splitsite run" is given
  std::string name;   // "primary-site-lost"
  std::string title;  // the requirement in plain words
  std::string topology = "stretch-standalone";
  // Test only: the lab's Manager restarts HA VMs without asking for their lease.
  bool unsafe_manager = false;
  // Errors are the environment's or an interruption; the history up to then is judged all the same.
  std::function<Result<void>(Stage&)> play;
  std::function<Judgement(const Events&, const LabConfig&)> judge;
};

// Every scenario there is, in the order of the catalogue.
const std::vector<Scenario>& catalogue();
// By suite or name; also "faults-link", the part of the suite "faults" with the faults of that name
// or beginning. Null if there is none.
const Scenario* find_scenario(const std::string& name);

}  // namespace splitsite
