#include "harness/cli/doctor_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>

#include "harness/adapters/process/process.hpp"
#include "harness/cli/bring_up.hpp"
#include "harness/lab/preflight.hpp"

namespace splitsite::cli {
namespace {

namespace fs = std::filesystem;

struct DoctorArguments {
  LabChoice choice;
  bool json = false;
};

// scripts/packages: one package a line, '#' begins a comment.
std::vector<std::string> wanted_packages(const Context& context) {
  std::ifstream file(context.source + "/scripts/packages");
  std::vector<std::string> names;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    while (words >> name) names.push_back(name);
  }
  return names;
}

Check check_packages(const Context& context) {
  const std::vector<std::string> wanted = wanted_packages(context);
  if (wanted.empty()) {
    return {"packages", false, "no list in " + context.source + "/scripts/packages",
            "run it from the tree it was built from"};
  }
  std::vector<std::string> arguments{"-W", "-f", "${Package} ${db:Status-Status}\n"};
  arguments.insert(arguments.end(), wanted.begin(), wanted.end());
  const auto listed = process::run({.program = "dpkg-query", .arguments = arguments});
  if (!listed) return {"packages", false, listed.error().message(), "use a Debian 12 machine"};
  std::set<std::string> installed;
  std::istringstream lines(listed.value().output);
  std::string name;
  std::string status;
  while (lines >> name >> status) {
    if (status == "installed") installed.insert(name);
  }
  std::string missing;
  for (const std::string& package : wanted) {
    if (installed.count(package) == 0) missing += " " + package;
  }
  if (missing.empty()) {
    return {"packages", true, fmt::format("all {} installed", wanted.size()), ""};
  }
  return {"packages", false, "missing:" + missing, "apt-get install -y" + missing};
}

// The image made last, if any.
std::optional<NodeImage> present_image(const Context& context) {
  std::optional<NodeImage> newest;
  fs::file_time_type made{};
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(context.state.path() + "/images", code)) {
    const auto at = fs::last_write_time(entry.path() / "manifest.json", code);
    if (code || (newest && at <= made)) continue;
    auto image = read_node_image(entry.path().string());
    if (!image) continue;
    newest = image.value();
    made = at;
  }
  return newest;
}

// Never a gap: without KVM everything runs, only slower.
Check look_at_acceleration(const Context& context) {
  const auto image = present_image(context);
  if (!image) {
    return {"acceleration", true,
            "not probed: it is probed by booting the node kernel, and the node image has not been "
            "made yet (splitsite lab up makes it)",
            ""};
  }
  const auto finding = probe_acceleration(*image, context.state.path(), context.stop);
  if (!finding) return {"acceleration", false, finding.error().message(), ""};
  return {"acceleration", true,
          fmt::format("{} ({})", to_string(finding.value().kind), finding.value().why), ""};
}

std::string to_text(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("{:<4} {:<20} {}\n", check.passed ? "ok" : "NO", check.what, check.found);
    if (!check.passed && !check.mend.empty())
      text += fmt::format("     {:<20} mend: {}\n", "", check.mend);
  }
  return text;
}

std::string to_json(const std::vector<Check>& checks) {
  nlohmann::json all = nlohmann::json::array();
  for (const Check& check : checks) {
    all.push_back({{"what", check.what},
                   {"passed", check.passed},
                   {"found", check.found},
                   {"mend", check.mend}});
  }
  return all.dump(2) + "\n";
}

ExitCode doctor(Context& context, const DoctorArguments& arguments) {
  std::vector<Check> checks = check_machine(context.state);
  checks.push_back(check_packages(context));
  const auto config = describe_choice(context, arguments.choice);
  if (!config) return report(context, config.error());
  const auto of_lab = check_lab(config.value(), context.state.lab(config.value().name));
  checks.insert(checks.end(), of_lab.begin(), of_lab.end());
  context.progress.update("probe acceleration by booting");
  checks.push_back(look_at_acceleration(context));
  context.progress.finish();
  fmt::print("{}", arguments.json ? to_json(checks) : to_text(checks));
  const bool well =
      std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.passed; });
  return well ? ExitCode::Pass : ExitCode::Fail;
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("doctor", "What this machine can and cannot do, and how to mend it");
  const auto arguments = std::make_shared<DoctorArguments>();
  add_lab_options(*command, arguments->choice);
  command->add_flag("--json", arguments->json, "For programs");
  command->footer(
      "Exit code 0: a lab can be brought up here. 1: something has to be mended first.");
  command->callback([&context, arguments] {
    context.action = [&context, arguments] { return doctor(context, *arguments); };
  });
}

}  // namespace splitsite::cli
