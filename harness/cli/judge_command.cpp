// splitsite judge RUN: judges the history of an old run with today's oracles.
#include "harness/cli/judge_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "harness/cli/run_directory.hpp"

namespace splitsite::cli {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

ExitCode judge_old_run(Context& context, const std::string& run) {
  const bool is_path = run.find('/') != std::string::npos;
  const std::string path = is_path ? run : context.state.runs() + "/" + run;
  auto judged = judge_run(path);
  if (!judged) return report(context, judged.error());
  const std::string before = read_all(path + "/verdict.json");
  if (auto written = write_reports(judged.value(), path); !written) {
    return report(context, written.error());
  }
  fmt::print("{}", to_table(judged.value(), isatty(STDOUT_FILENO) != 0));
  if (before.empty()) {
    fmt::print("  first judgement of this run\n");
  } else if (before == read_all(path + "/verdict.json")) {
    fmt::print("  same verdicts as before\n");
  } else {
    fmt::print("  the verdicts changed: the oracles are not what they were\n");
  }
  fmt::print("  page: {}/report.html\n", path);
  return static_cast<ExitCode>(exit_code(judged.value().outcome));
}

}  // namespace

void add_judge_command(CLI::App& app, Context& context) {
  auto run = std::make_shared<std::string>("latest");
  CLI::App* judge = app.add_subcommand("judge", "Judge an old run again, from its history");
  judge->add_option("RUN", *run, "A run's id, its directory, or 'latest'")->capture_default_str();
  judge->footer("Example: splitsite judge latest");
  judge->callback([run, &context] {
    context.action = [run, &context] { return judge_old_run(context, *run); };
  });
}

}  // namespace splitsite::cli
