#include "harness/cli/lab_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "harness/cli/bring_up.hpp"
#include "harness/cli/lab_status.hpp"
#include "harness/cli/node_console.hpp"
#include "harness/lab/description/describe.hpp"

namespace splitsite::cli {
namespace {

// Options of one subcommand, kept alive by its action.
struct LabArguments {
  LabChoice choice;
  std::string name;
  std::string node;
  bool json = false;
  bool all = false;
  bool dry_run = false;
  bool follow = true;
};

ExitCode up(Context& context, const LabArguments& arguments) {
  const auto config = describe_choice(context, arguments.choice);
  if (!config) return report(context, config.error());
  if (arguments.dry_run) {
    fmt::print("{}", describe(config.value()));
    return ExitCode::Pass;
  }
  const auto brought = bring_up(context, config.value(), Ownership::Detached);
  if (!brought) return report(context, brought.error());
  const BroughtUp& result = brought.value();
  context.progress.finish();
  const LabPaths& paths = result.lab->paths();
  fmt::print(
      "{} is up: {} nodes ready after {} (image {}, tools {}, {}: {})\n"
      "  splitsite lab status\n"
      "  splitsite lab shell host-a1\n"
      "  virsh -c '{}' list\n"
      "  splitsite lab down\n",
      result.lab->config().name, result.lab->config().nodes.size(),
      format_duration(result.times.lab), format_duration(result.times.image),
      format_duration(result.times.tools), to_string(result.acceleration.kind),
      result.acceleration.why, paths.libvirt_uri());
  return ExitCode::Pass;
}

ExitCode down(Context& context, const LabArguments& arguments) {
  std::vector<std::string> names;
  for (const std::string& name : context.state.labs()) {
    const auto trace = find_lab(context.state, name);
    if (!trace || trace.value().runs || trace.value().leftovers) names.push_back(name);
  }
  if (!arguments.all) {
    const auto chosen = choose_lab(context, arguments.name);
    if (!chosen) return report(context, chosen.error());
    names = {chosen.value()};
  }
  ExitCode code = ExitCode::Pass;
  for (const std::string& name : names) {
    const Instant start = steady_clock().now();
    if (const auto ended = end_lab(context.state, name); !ended) {
      code = report(context, ended.error());
      continue;
    }
    fmt::print("{} is down after {}; its logs are in {}\n", name,
               format_duration(steady_clock().now() - start), context.state.lab(name).directory);
  }
  return code;
}

ExitCode status(Context& context, const LabArguments& arguments) {
  std::vector<LabStatus> all;
  for (const std::string& name : context.state.labs()) {
    if (!arguments.name.empty() && name != arguments.name) continue;
    all.push_back(read_status(context, name));
  }
  fmt::print("{}", arguments.json ? to_json(all) : to_text(all));
  return ExitCode::Pass;
}

ExitCode on_node(Context& context, const LabArguments& arguments,
                 Result<void> (*act)(Context&, const LabPaths&, const NodeId&, bool)) {
  const auto chosen = choose_lab(context, arguments.name);
  if (!chosen) return report(context, chosen.error());
  const LabPaths paths = context.state.lab(chosen.value());
  const auto done = act(context, paths, NodeId(arguments.node), arguments.follow);
  return done ? ExitCode::Pass : report(context, done.error());
}

using Arguments = std::shared_ptr<LabArguments>;

CLI::App* add(CLI::App& lab, Context& context, const char* name, const char* description,
              ExitCode (*run)(Context&, const LabArguments&), const Arguments& arguments) {
  CLI::App* command = lab.add_subcommand(name, description);
  command->callback([&context, run, arguments] {
    context.action = [&context, run, arguments] { return run(context, *arguments); };
  });
  return command;
}

void add_name(CLI::App& command, const Arguments& arguments) {
  command.add_option("-n,--name", arguments->name,
                     "The lab's name; may be left out if there is one");
}

void add_node(CLI::App& command, const Arguments& arguments) {
  add_name(command, arguments);
  command.add_option("NODE", arguments->node, "A node: host-a1, sto-b, wan, manager, …")
      ->required();
}

}  // namespace

void add_lab_command(CLI::App& app, Context& context) {
  CLI::App* lab = app.add_subcommand("lab", "Bring labs up, look into them, take them down");
  lab->require_subcommand(1);
  lab->footer(
      "Examples:\n"
      "  splitsite lab up                          the built-in topology, timers scaled down\n"
      "  splitsite lab up --timing production -n p  oVirt's own timers, in a lab called p\n"
      "  splitsite lab shell host-a1               a root shell; leave it with Ctrl-]\n"
      "  echo 'drbdadm status' | splitsite lab shell sto-a\n"
      "  splitsite lab down");
  const auto arguments = std::make_shared<LabArguments>();

  CLI::App* up_command =
      add(*lab, context, "up", "Bring a lab up and leave it running", up, arguments);
  add_lab_options(*up_command, arguments->choice);
  up_command->add_flag("--dry-run", arguments->dry_run, "Say what would be brought up, and stop");

  CLI::App* status_command = add(
      *lab, context, "status", "Labs, their nodes, and how far each has booted", status, arguments);
  add_name(*status_command, arguments);
  status_command->add_flag("--json", arguments->json, "For programs");

  CLI::App* down_command =
      add(*lab, context, "down", "End a lab and everything in it, at most 3 s", down, arguments);
  add_name(*down_command, arguments);
  down_command->add_flag("--all", arguments->all, "Every lab, and what dead ones left");

  CLI::App* shell = add(
      *lab, context, "shell", "A root shell in a node (serial line)",
      [](Context& c, const LabArguments& a) { return on_node(c, a, open_shell); }, arguments);
  add_node(*shell, arguments);

  CLI::App* console = add(
      *lab, context, "console", "What a node says while it boots and runs",
      [](Context& c, const LabArguments& a) { return on_node(c, a, follow_console); }, arguments);
  add_node(*console, arguments);
  console->add_flag("!--no-follow", arguments->follow, "Show what is there and stop");
}

Result<std::string> choose_lab(const Context& context, const std::string& name) {
  const std::vector<std::string> names = context.state.labs();
  std::vector<std::string> running;
  std::vector<std::string> dead;
  for (const std::string& known : names) {
    if (!name.empty() && known == name) return name;
    const auto trace = find_lab(context.state, known);
    if (trace && trace.value().runs) running.push_back(known);
    if (!trace || trace.value().leftovers) dead.push_back(known);
  }
  const std::vector<std::string>& candidates = running.empty() ? dead : running;
  if (name.empty() && candidates.size() == 1) return candidates.front();
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the lab",
               .subject = name,
               .why = candidates.empty() ? "no lab is up"
                                         : fmt::format("there are {}", fmt::join(candidates, ", ")),
               .hint = candidates.empty() ? "splitsite lab up" : "choose one with --name"};
}

}  // namespace splitsite::cli
