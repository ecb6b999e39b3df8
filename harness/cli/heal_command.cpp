// splitsite heal: undoes what a run that died left behind, and says what it found. A lab whose
// owner died is gone with it; what can be left are faults in a lab that lives on, and a dead lab's
// files.
#include "harness/cli/heal_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "harness/cli/fault_status.hpp"
#include "harness/cli/lab_bench.hpp"
#include "harness/fault/injector.hpp"
#include "harness/lab/fault_owner.hpp"
#include "harness/lab/journal.hpp"

namespace splitsite::cli {
namespace {

// A node that gets its power back has to boot before it can be asked.
constexpr Duration kBootWithin = std::chrono::minutes(2);

Result<std::string> heal_lab(Context& context, const std::string& name) {
  SPLITSITE_TRY(const LabTrace trace, find_lab(context.state, name));
  if (trace.runs) return heal_running_lab(context, name);
  if (!trace.leftovers) return fmt::format("lab {}: not running, nothing of it is left", name);
  SPLITSITE_TRY_VOID(end_lab(context.state, name));
  return fmt::format("lab {}: not running; what it had left is removed", name);
}

ExitCode heal_all(Context& context, const std::string& only) {
  ExitCode worst = ExitCode::Pass;
  bool any = false;
  for (const std::string& name : context.state.labs()) {
    if (!only.empty() && only != name) continue;
    any = true;
    auto healed = heal_lab(context, name);
    if (healed) {
      fmt::print("{}\n", healed.value());
    } else {
      report(context, healed.error());
      worst = ExitCode::Dirty;
    }
  }
  if (!any) fmt::print("nothing to heal: there is no lab\n");
  return worst;
}

}  // namespace

Result<std::string> heal_running_lab(Context& context, const std::string& name) {
  SPLITSITE_TRY(auto lab, Lab::attach(context.state, name));
  // What a living process has in force is its own to heal.
  SPLITSITE_TRY(const auto ownership, FaultOwnership::take(lab->paths(), "splitsite heal"));
  SPLITSITE_TRY(auto journal, Journal::open(lab->paths().journal()));
  LabBench parts(*lab);
  SPLITSITE_TRY_VOID(parts.meet_wan(context.stop));
  SPLITSITE_TRY(const int healed, heal_left_behind(journal, parts.bench({}).switches()));
  SPLITSITE_TRY_VOID(parts.links().apply_baseline());
  SPLITSITE_TRY_VOID(parts.meet_all(context.stop, kBootWithin));
  SPLITSITE_TRY(const auto traces, traces_of_faults(*lab, parts));
  if (!traces.empty()) {
    return not_proven(fmt::format("lab {} is untouched", name),
                      fmt::format("{}", fmt::join(traces, "; ")));
  }
  if (healed == 0) return fmt::format("lab {}: up, no fault in force", name);
  return fmt::format("lab {}: up, {} fault(s) left behind were undone", name, healed);
}

void add_heal_command(CLI::App& app, Context& context) {
  auto only = std::make_shared<std::string>();
  CLI::App* heal = app.add_subcommand("heal", "Undo what a run that died left behind");
  heal->add_option("-n,--name", *only, "Only this lab; every lab if absent");
  heal->footer("Example: splitsite heal");
  heal->callback(
      [only, &context] { context.action = [only, &context] { return heal_all(context, *only); }; });
}

}  // namespace splitsite::cli
