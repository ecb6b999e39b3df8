// splitsite fault campaign: many faults drawn by a seed, their plan recorded and replayed.
#pragma once

#include <CLI/CLI.hpp>

#include "harness/cli/context.hpp"

namespace splitsite::cli {

void add_campaign_command(CLI::App& fault, Context& context);

}  // namespace splitsite::cli
