// What this machine must have before a lab is brought up, each with the command that mends it. Said
// before anything is started, and by `splitsite doctor`.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/state_directory.hpp"

namespace splitsite {

struct Check {
  std::string what;  // "memory"
  bool passed = false;
  std::string found;  // "5.2 GiB free, 6.1 GiB needed"
  std::string mend;   // a command, or what to do; empty if passed
};

// Permissions, programs, kernel features, room on disk: what every lab needs.
std::vector<Check> check_machine(const StateDirectory& state);
// Memory for all nodes at once, and socket paths short enough for the kernel.
std::vector<Check> check_lab(const LabConfig& config, const LabPaths& paths);

// Unavailable, naming every check that failed and its remedy.
Result<void> require(const std::vector<Check>& checks);

}  // namespace splitsite
