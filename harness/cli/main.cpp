// splitsite: the command people type. Reads options, runs one command, says how it ended.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "harness/cli/context.hpp"
#include "harness/cli/doctor_command.hpp"
#include "harness/cli/fault_command.hpp"
#include "harness/cli/heal_command.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/judge_command.hpp"
#include "harness/cli/lab_command.hpp"
#include "harness/cli/run_command.hpp"

namespace {

using namespace splitsite;
using namespace splitsite::cli;

constexpr const char* kFooter =
    "Exit codes: 0 pass, 1 fail, 2 inconclusive, 3 left dirty, 4 everything skipped,\n"
    "            64 usage, 70 internal error, 130 interrupted (the lab is gone).\n"
    "Files are kept below --state, $SPLITSITE_STATE or /var/lib/splitsite.";

std::string program_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

void add_commands(CLI::App& app, Context& context) {
  add_doctor_command(app, context);
  add_lab_command(app, context);
  add_run_command(app, context);
  add_judge_command(app, context);
  add_fault_command(app, context);
  add_heal_command(app, context);
}

int run(int argc, char** argv) {
  Interrupt interrupt;  // first: no thread may be there before it
  Progress progress(steady_clock());
  Context context{.stop = interrupt.token(),
                  .progress = progress,
                  .source = SPLITSITE_SOURCE_DIR,
                  .programs = program_directory()};
  CLI::App app("Fault injection for two-site virtualization clusters.", "splitsite");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.add_option_function<std::string>(
      "--state",
      [&](const std::string& path) {
        context.state = StateDirectory(std::filesystem::absolute(path).lexically_normal().string());
      },
      "Where labs, images and runs are kept");
  add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::Usage);
  }
  return static_cast<int>(context.action());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& bug) {
    fmt::print(stderr, "splitsite: internal error: {}\n", bug.what());
    return static_cast<int>(ExitCode::Internal);
  }
}
