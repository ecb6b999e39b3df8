// splitsite fault status: what of a lab is not as its description asks, seen from the lab itself
// and not from anybody's records: power, links, changes in nodes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "harness/cli/context.hpp"
#include "harness/cli/lab_bench.hpp"

namespace splitsite::cli {

void add_status_command(CLI::App& fault, Context& context);

// One line for each trace of a fault; empty: the lab is untouched. The wan node's agent must answer
// (LabBench::meet_wan).
Result<std::vector<std::string>> traces_of_faults(Lab& lab, LabBench& parts);

}  // namespace splitsite::cli
