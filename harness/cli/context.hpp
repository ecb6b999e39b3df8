// What every command gets, and how commands are registered: one add_…_command() per file, which
// describes its options to CLI11 and leaves the chosen action in the context.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "harness/cli/exit_code.hpp"
#include "harness/cli/progress.hpp"
#include "harness/lab/state_directory.hpp"

namespace splitsite::cli {

struct Context {
  StateDirectory state = StateDirectory::standard();
  std::stop_token stop;
  Progress& progress;
  std::string source;    // the source tree: topologies, image recipe, package list
  std::string programs;  // the build's bin directory
  // Set by the command that was chosen; run after all options are read.
  std::function<ExitCode()> action = {};
};

// Prints the error and returns its exit code.
ExitCode report(Context& context, const Error& error);

}  // namespace splitsite::cli
