// splitsite heal: undoes what a run that died left behind, and says what it found. A lab whose
// owner died is gone with it; what can be left are faults in a lab that lives on, and a dead lab's
// files.
#include "harness/cli/heal_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "harness/fault/injector.hpp"
#include "harness/lab/journal.hpp"
#include "harness/lab/lab.hpp"
#include "harness/stage/agent_nodes.hpp"
#include "harness/stage/agent_ports.hpp"

namespace splitsite::cli {
namespace {

// Links are healed by the wan node's agent, to which we have only just connected.
Result<void> meet_wan(Lab& lab) {
  for (const NodeConfig& node : lab.config().nodes) {
    if (node.role != NodeRole::Wan) continue;
    const Wait wait{.what = fmt::format("the agent of {} to answer", node.name),
                    .bound = std::chrono::seconds(20)};
    auto met = eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
      if (lab.agents()[node.name].status().answering) return true;
      return NotYet{"no hello yet"};
    });
    if (!met) return met.error();
  }
  return success();
}

Result<std::string> heal_running_lab(const StateDirectory& state, const std::string& name) {
  SPLITSITE_TRY(auto lab, Lab::attach(state, name));
  SPLITSITE_TRY(auto journal, Journal::open(lab->paths().journal()));
  SPLITSITE_TRY_VOID(meet_wan(*lab));
  AgentLinks links(lab->agents(), lab->config());
  LinkOwner owner(links);
  AgentNodes nodes(lab->agents());
  SPLITSITE_TRY(const int healed,
                heal_left_behind(journal, Switches{lab->power(), owner, nodes, steady_clock()}));
  if (healed == 0) return fmt::format("lab {}: up, no fault in force", name);
  return fmt::format("lab {}: up, {} fault(s) left behind were undone", name, healed);
}

Result<std::string> heal_lab(const StateDirectory& state, const std::string& name) {
  SPLITSITE_TRY(const LabTrace trace, find_lab(state, name));
  if (trace.runs) return heal_running_lab(state, name);
  if (!trace.leftovers) return fmt::format("lab {}: not running, nothing of it is left", name);
  SPLITSITE_TRY_VOID(end_lab(state, name));
  return fmt::format("lab {}: not running; what it had left is removed", name);
}

ExitCode heal_all(Context& context, const std::string& only) {
  ExitCode worst = ExitCode::Pass;
  bool any = false;
  for (const std::string& name : context.state.labs()) {
    if (!only.empty() && only != name) continue;
    any = true;
    auto healed = heal_lab(context.state, name);
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

void add_heal_command(CLI::App& app, Context& context) {
  auto only = std::make_shared<std::string>();
  CLI::App* heal = app.add_subcommand("heal", "Undo what a run that died left behind");
  heal->add_option("-n,--name", *only, "Only this lab; every lab if absent");
  heal->footer("Example: splitsite heal");
  heal->callback(
      [only, &context] { context.action = [only, &context] { return heal_all(context, *only); }; });
}

}  // namespace splitsite::cli
