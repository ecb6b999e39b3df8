// splitsite fault list | describe NAME | inject NAME key=value… | heal [ID] | status | campaign
#pragma once

#include <CLI/CLI.hpp>

#include "harness/cli/context.hpp"

namespace splitsite::cli {

void add_fault_command(CLI::App& app, Context& context);

}  // namespace splitsite::cli
