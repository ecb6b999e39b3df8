// splitsite heal: undoes what a run that died left behind.
#pragma once

#include <CLI/CLI.hpp>

#include "harness/cli/context.hpp"

namespace splitsite::cli {

void add_heal_command(CLI::App& app, Context& context);

// Undoes what dead processes left in a lab that is up, and says what it looks like now. Conflict
// while a living process has faults in force there.
Result<std::string> heal_running_lab(Context& context, const std::string& name);

}  // namespace splitsite::cli
