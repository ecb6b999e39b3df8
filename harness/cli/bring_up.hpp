// From what the user chose to a lab that is up: topology, node image, tools disk, acceleration,
// nodes. Shared by `lab up` and `run`.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "harness/cli/context.hpp"
#include "harness/lab/acceleration.hpp"
#include "harness/lab/lab.hpp"

namespace splitsite::cli {

inline constexpr const char* default_topology = "stretch-standalone";

struct LabChoice {
  std::string topology;  // a name in topologies/, or a file; empty: the suite's, or the default
  std::string timing;    // a profile; empty: the topology's own choice
  std::string name;      // of the lab; empty: the topology's
};

// --topology, --timing, --name
void add_lab_options(CLI::App& command, LabChoice& choice);

// The lab's description, of the topology `otherwise` if none was chosen; nothing on the machine is
// touched.
Result<LabConfig> describe_choice(const Context& context, const LabChoice& choice,
                                  const std::string& otherwise = default_topology);

// How long each part took, for the table at the end of a run.
struct BringUpTimes {
  Duration image{};
  Duration tools{};
  Duration acceleration{};
  Duration lab{};
};

struct BroughtUp {
  std::unique_ptr<Lab> lab;
  AccelerationFinding acceleration;
  BringUpTimes times;
};

Result<BroughtUp> bring_up(Context& context, LabConfig config, Ownership ownership);

}  // namespace splitsite::cli
