// splitsite lab up | status | shell NODE | console NODE | down
#pragma once

#include <CLI/CLI.hpp>

#include "harness/cli/context.hpp"

namespace splitsite::cli {

void add_lab_command(CLI::App& app, Context& context);

// The lab the user means: the one named, or the only one there is.
Result<std::string> choose_lab(const Context& context, const std::string& name);

}  // namespace splitsite::cli
