#pragma once

#include <CLI/CLI.hpp>

#include "harness/cli/context.hpp"

namespace splitsite::cli {

void add_heal_command(CLI::App& app, Context& context);

}  // namespace splitsite::cli
