// splitsite run SUITE: a lab, a scenario, a verdict. Uses a lab that is up and fits; otherwise
// brings one up, owns it, and takes it down at the end.
#include "harness/cli/run_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "harness/adapters/ovirt/driver.hpp"
#include "harness/cli/bring_up.hpp"
#include "harness/cli/lab_memory.hpp"
#include "harness/cli/machine_load.hpp"
#include "harness/cli/play.hpp"
#include "harness/lab/fault_owner.hpp"
#include "harness/lab/journal.hpp"
#include "reports/timings.hpp"

namespace splitsite::cli {
namespace {

struct RunOptions {
  std::string suite;
  LabChoice lab;
  int times = 1;
};

std::string known_suites() {
  std::string text;
  for (const Scenario& scenario : catalogue()) {
    text += fmt::format("  {:<12} {}\n", scenario.suite, scenario.title);
  }
  return text;
}

std::unique_ptr<ClusterApi> connect_manager(const LabConfig& config) {
  ovirt::EngineAccess access;
  access.url = "https://" + config.manager_address;
  access.password = "splitsite";  // the reference Manager's, which lives in the lab only
  access.ca_source = ovirt::CaSource::EachUse;
  return std::make_unique<ovirt::OvirtCluster>(access);
}

// "packages=12,build=210" from scripts/run, as rows of the closing table.
std::vector<Timing> steps_before_us() {
  std::vector<Timing> rows;
  const char* text = std::getenv("SPLITSITE_STEPS");
  std::string rest = text != nullptr ? text : "";
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string item = rest.substr(0, comma);
    const auto equals = item.find('=');
    if (equals != std::string::npos) {
      rows.push_back({item.substr(0, equals), item.substr(equals + 1) + " s", ""});
    }
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  return rows;
}

// The lab a run plays in, and what the closing table says of it.
struct Theatre {
  std::unique_ptr<Lab> lab;
  bool owned = false;
  std::vector<Timing> timings;
};

Result<Theatre> attach_or_bring_up(Context& context, LabConfig config) {
  Theatre theatre;
  SPLITSITE_TRY(const LabTrace trace, find_lab(context.state, config.name));
  if (!trace.runs) {
    SPLITSITE_TRY(auto up, bring_up(context, std::move(config), Ownership::Owned));
    context.progress.say(
        fmt::format("acceleration {}: {}", to_string(up.acceleration.kind), up.acceleration.why));
    theatre.lab = std::move(up.lab);
    theatre.owned = true;
    theatre.timings = {{"node image", format_duration(up.times.image + up.times.tools), ""},
                       {"lab up, nodes ready", format_duration(up.times.lab), ""}};
    return theatre;
  }
  SPLITSITE_TRY(theatre.lab, Lab::attach(context.state, config.name));
  if (to_json(theatre.lab->config()) != to_json(config)) {
    return Error{
        .kind = ErrorKind::Conflict,
        .attempted = "use the lab",
        .subject = config.name,
        .why = "it is up with another topology or timing",
        .hint = fmt::format("splitsite lab down --name {}, or choose another --name", config.name)};
  }
  context.progress.say(fmt::format("using the lab {} that is up", config.name));
  return theatre;
}

ExitCode exit_code_of(const Played& played) {
  if (played.interrupted) return ExitCode::Interrupted;
  if (played.left_dirty) return ExitCode::Dirty;
  if (played.error && played.report.outcome != Outcome::Violated) return ExitCode::Inconclusive;
  return static_cast<ExitCode>(exit_code(played.report.outcome));
}

std::string memory_text(const Lab& lab) {
  const auto kib = lab_memory_kib(lab.supervisor());
  return kib ? fmt::format("{:.1f} GiB", static_cast<double>(*kib) / (1024.0 * 1024.0)) : "-";
}

// Plays once, prints the verdicts, appends its rows to the closing table.
Result<ExitCode> run_once(Context& context, const RunOptions& options, const Scenario& scenario,
                          Theatre& theatre) {
  Lab& lab = *theatre.lab;
  SPLITSITE_TRY(auto journal, Journal::open(lab.paths().journal()));
  SPLITSITE_TRY(auto directory, make_run_directory(context.state.runs()));
  context.progress.say(fmt::format("run {}: {}", directory.id, scenario.title));
  const PlayRequest request{
      .scenario = scenario,
      .config = lab.config(),
      .agents = lab.agents(),
      .power = lab.power(),
      .power_log = lab.paths().power_log(),
      .undo_log = journal,
      .connect_cluster = [&] { return connect_manager(lab.config()); },
      .directory = directory,
      .command =
          fmt::format("splitsite run {} --topology {} --timing {}", scenario.suite,
                      options.lab.topology.empty() ? scenario.topology : options.lab.topology,
                      lab.config().timing.profile),
      .revision = harness_revision(),
      .stop = context.stop,
      .lab_ends_with_run = theatre.owned,
      .progress = [&](const StageProgress& p) { context.progress.update(p.phase, p.wait); }};
  SPLITSITE_TRY(auto played, play(request));
  context.progress.finish();
  fmt::print("{}", to_table(played.report, isatty(STDOUT_FILENO) != 0));
  if (played.error) fmt::print("  broken off: {}\n", played.error->message());
  fmt::print("  run directory: {0}\n  page: {0}/report.html\n", directory.path);
  std::fflush(stdout);  // what is judged is not lost with a later run
  auto& rows = theatre.timings;
  rows.push_back({"nodes ready to steady state", format_duration(played.to_steady_state), ""});
  for (auto& timing : story_timings(played.report)) rows.push_back(std::move(timing));
  rows.push_back({"memory of the lab", memory_text(lab), ""});
  rows.push_back({"processors idle in the story", describe_idle(played.idle_percent), ""});
  return exit_code_of(played);
}

Result<ExitCode> run_all(Context& context, const RunOptions& options, const Scenario& scenario,
                         Theatre& theatre) {
  SPLITSITE_TRY_VOID(theatre.lab->enter_network());
  SPLITSITE_TRY(const auto ownership,
                FaultOwnership::take(theatre.lab->paths(), "splitsite run " + scenario.suite));
  for (int i = 0; i < options.times; ++i) {
    SPLITSITE_TRY(const ExitCode code, run_once(context, options, scenario, theatre));
    if (code != ExitCode::Pass) return code;
  }
  return ExitCode::Pass;
}

ExitCode run_suite(Context& context, const RunOptions& options) {
  const Scenario* scenario = find_scenario(options.suite);
  if (scenario == nullptr) {
    fmt::print(stderr, "splitsite: there is no suite \"{}\"; the suites are:\n{}", options.suite,
               known_suites());
    return ExitCode::Usage;
  }
  auto config = describe_choice(context, options.lab, scenario->topology);
  if (!config) return report(context, config.error());
  if (scenario->unsafe_manager) {
    config.value().manager_starts_without_lease = true;
    if (options.lab.name.empty()) config.value().name += "-unsafe";
  }
  auto theatre = attach_or_bring_up(context, std::move(config).value());
  if (!theatre) return report(context, theatre.error());

  auto code = run_all(context, options, *scenario, theatre.value());
  ExitCode result = code ? code.value() : report(context, code.error());
  std::vector<Timing> timings = steps_before_us();
  for (auto& timing : theatre.value().timings) timings.push_back(std::move(timing));
  if (theatre.value().owned) {
    const Instant start = steady_clock().now();
    if (auto down = theatre.value().lab->down(); !down) result = report(context, down.error());
    timings.push_back({"lab down", format_duration(steady_clock().now() - start), ""});
  }
  fmt::print("\n{}", to_table(timings));
  return result;
}

}  // namespace

void add_run_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* run = app.add_subcommand("run", "Play a suite in a lab and judge it");
  run->add_option("SUITE", options->suite, "Which suite; they are listed below")->required();
  run->add_option("--times", options->times, "Play it this often in the same lab, until it fails")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_lab_options(*run, options->lab);
  run->footer(fmt::format("Suites:\n{}\nExample: splitsite run acceptance", known_suites()));
  run->callback([options, &context] {
    context.action = [options, &context] { return run_suite(context, *options); };
  });
}

}  // namespace splitsite::cli
