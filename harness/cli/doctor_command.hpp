// splitsite doctor: what this machine can and cannot do, and the command that mends each gap.
#pragma once

#include <CLI/CLI.hpp>

#include "harness/cli/context.hpp"

namespace splitsite::cli {

void add_doctor_command(CLI::App& app, Context& context);

}  // namespace splitsite::cli
