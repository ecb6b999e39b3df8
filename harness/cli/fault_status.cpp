#include "harness/cli/fault_status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "harness/cli/lab_command.hpp"
#include "harness/fault/parameters.hpp"
#include "harness/lab/fault_owner.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite::cli {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(5);

struct StatusOptions {
  std::string lab;
  std::string untouched_within;
};

using Lines = std::vector<std::string>;

std::string word(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "?";
}

Result<void> add_links(const Bench& bench, Lines& lines) {
  for (const LinkDirection& direction : bench.links.directions()) {
    SPLITSITE_TRY(const Impairment now, bench.links.read(direction));
    // As text, because the kernel keeps times and shares a little coarser than we do.
    const std::string is = describe(now);
    const std::string asked = describe(bench.links.baseline(direction));
    if (is != asked)
      lines.push_back(fmt::format("{}: {}; asked: {}", describe(direction), is, asked));
  }
  return success();
}

Result<void> add_changes(Lab& lab, const NodeId& node, Lines& lines) {
  auto& agent = lab.agents()[node];
  if (!agent.status().answering) {
    lines.push_back(fmt::format("the agent of {} does not answer", node));
    return success();
  }
  SPLITSITE_TRY(const auto answer, agent.call("change.list", nlohmann::json::object(), kAnswer));
  for (const auto& change : answer.value("changes", nlohmann::json::array())) {
    lines.push_back(fmt::format("on {}: {} {}", node, word(change, "kind"),
                                change.value("arguments", nlohmann::json::object()).dump()));
  }
  return success();
}

std::string in_charge(const LabPaths& paths) {
  const auto owner = find_fault_owner(paths);
  if (!owner) return "no process is in charge of faults here\n";
  std::string text =
      fmt::format("\"{}\" (pid {}) is in charge of:\n", owner->what, owner->process.pid);
  for (const auto& [id, description] : owner->faults) {
    text += fmt::format("  {}: {}\n", id, description);
  }
  return text;
}

Result<void> await_untouched(Context& context, Lab& lab, LabBench& parts, Duration bound) {
  const Wait wait{.what = "the lab to be untouched",
                  .bound = bound,
                  .every = std::chrono::milliseconds(500),
                  .stop = context.stop,
                  .progress = [&](const WaitProgress& p) { context.progress.update("status", p); }};
  SPLITSITE_TRY_VOID(eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    const auto traces = traces_of_faults(lab, parts);
    if (!traces) return NotYet{traces.error().message()};
    if (!traces.value().empty()) return NotYet{fmt::format("{}", fmt::join(traces.value(), "; "))};
    return true;
  }));
  return success();
}

Result<ExitCode> status(Context& context, const StatusOptions& options) {
  SPLITSITE_TRY(const std::string name, choose_lab(context, options.lab));
  SPLITSITE_TRY(auto lab, Lab::attach(context.state, name));
  LabBench parts(*lab);
  SPLITSITE_TRY_VOID(parts.meet_wan(context.stop));
  // The others have a moment too; one that stays silent is told as such.
  (void)parts.meet_all(context.stop);
  if (!options.untouched_within.empty()) {
    SPLITSITE_TRY(const Duration bound, parse_duration(options.untouched_within));
    SPLITSITE_TRY_VOID(await_untouched(context, *lab, parts, bound));
  }
  SPLITSITE_TRY(const Lines traces, traces_of_faults(*lab, parts));
  fmt::print("{}", in_charge(lab->paths()));
  for (const std::string& trace : traces) fmt::print("{}\n", trace);
  if (traces.empty()) fmt::print("untouched: power, links and nodes are as the topology asks\n");
  return traces.empty() ? ExitCode::Pass : ExitCode::Dirty;
}

}  // namespace

Result<std::vector<std::string>> traces_of_faults(Lab& lab, LabBench& parts) {
  const Bench bench = parts.bench({});
  Lines lines;
  for (const NodeConfig& node : lab.config().nodes) {
    SPLITSITE_TRY(const PowerState state, bench.power.state(node.name));
    if (state == PowerState::On) {
      SPLITSITE_TRY_VOID(add_changes(lab, node.name, lines));
    } else {
      lines.push_back(
          fmt::format("{} {}", node.name, state == PowerState::Off ? "is off" : "is suspended"));
    }
  }
  SPLITSITE_TRY_VOID(add_links(bench, lines));
  return lines;
}

void add_status_command(CLI::App& fault, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = fault.add_subcommand(
      "status", "What of a lab is not as its topology asks; exit code 3 if any");
  command->add_option("-n,--name", options->lab, "Of the lab, if there are several");
  command->add_option("--untouched-within", options->untouched_within,
                      "Wait this long for the lab to be untouched");
  command->callback([options, &context] {
    context.action = [options, &context] {
      auto code = status(context, *options);
      return code ? code.value() : report(context, code.error());
    };
  });
}

}  // namespace splitsite::cli
