#include "harness/cli/campaign_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "faults/catalogue.hpp"
#include "harness/cli/fault_session.hpp"
#include "harness/cli/lab_command.hpp"
#include "harness/core/system_error.hpp"
#include "harness/fault/campaign.hpp"

namespace splitsite::cli {
namespace {

struct CampaignChoice {
  std::uint64_t seed = 1;
  std::string plan_file;
  std::string replay_file;
  std::vector<std::string> only;
  std::string lab;
  bool dry_run = false;
  CampaignOptions options;
};

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (file) return text.str();
  return system_error("read", path);
}

Result<void> write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file) return success();
  return system_error("write", path);
}

Result<Catalogue> chosen(const std::vector<std::string>& names) {
  if (names.empty()) return fault_catalogue();
  Catalogue some;
  for (const std::string& name : names) {
    SPLITSITE_TRY(const auto* entry, find_entry(fault_catalogue(), name));
    some.push_back(*entry);
  }
  return some;
}

Result<CampaignPlan> plan_of(const CampaignChoice& choice, const LabConfig& config) {
  if (choice.replay_file.empty()) {
    SPLITSITE_TRY(const Catalogue catalogue, chosen(choice.only));
    return draw_campaign(catalogue, config, choice.seed, choice.options);
  }
  SPLITSITE_TRY(const std::string text, read_text(choice.replay_file));
  return campaign_from_text(text);
}

std::string in_words(const CampaignFinding& finding) {
  if (finding.healed) return "in force and healed, both proven";
  return (finding.in_force ? "in force, NOT healed: " : "not in force: ") + finding.why;
}

ExitCode judge(const std::vector<CampaignFinding>& findings, bool dirty) {
  fmt::print("\n");
  for (const CampaignFinding& finding : findings) {
    fmt::print("{}: {}\n", finding.fault, in_words(finding));
  }
  if (dirty) return ExitCode::Dirty;
  const bool all = std::all_of(findings.begin(), findings.end(),
                               [](const CampaignFinding& f) { return f.in_force && f.healed; });
  return all ? ExitCode::Pass : ExitCode::Inconclusive;
}

Result<ExitCode> play_in_lab(Context& context, const CampaignPlan& plan, const std::string& lab) {
  SPLITSITE_TRY(auto session, FaultSession::open(context, lab, "splitsite fault campaign", false));
  const CampaignHands hands{
      .inject = [&](std::unique_ptr<Fault> fault) { return session->inject(std::move(fault)); },
      .heal = [&](const FaultId& id) { return session->heal(id); },
      .clock = steady_clock(),
      .stop = context.stop};
  auto findings = play_campaign(plan, fault_catalogue(), session->config(), hands);
  fmt::print("recorded in {}\n", session->history_path());
  if (findings) return judge(findings.value(), session->injector().dirty());
  return session->injector().dirty() ? ExitCode::Dirty : report(context, findings.error());
}

Result<ExitCode> campaign(Context& context, const CampaignChoice& choice) {
  SPLITSITE_TRY(const std::string lab, choose_lab(context, choice.lab));
  SPLITSITE_TRY(const LabConfig config, read_lab_config(context.state.lab(lab).config()));
  SPLITSITE_TRY(const CampaignPlan plan, plan_of(choice, config));
  // Before the first change, so that a campaign that ends badly can be played again.
  if (!choice.plan_file.empty()) {
    SPLITSITE_TRY_VOID(write_text(choice.plan_file, to_text(plan)));
  }
  if (choice.dry_run) {
    fmt::print("{}", to_text(plan));
    return ExitCode::Pass;
  }
  return play_in_lab(context, plan, lab);
}

}  // namespace

void add_campaign_command(CLI::App& fault, Context& context) {
  auto choice = std::make_shared<CampaignChoice>();
  CLI::App* command =
      fault.add_subcommand("campaign", "Play faults drawn by a seed, or a recorded plan, in a lab");
  auto* seed = command->add_option("--seed", choice->seed, "Draw by this seed");
  seed->capture_default_str();
  command->add_option("--plan", choice->plan_file, "Write the plan to this file before playing it");
  command->add_option("--replay", choice->replay_file, "Play the plan in this file")
      ->excludes(seed);
  command->add_option("--faults", choice->options.faults, "How many")->capture_default_str();
  command->add_option("--at-once", choice->options.at_once, "How many at most at one time")
      ->capture_default_str();
  command->add_option("--only", choice->only, "Draw from these faults only")->delimiter(',');
  command->add_option("-n,--name", choice->lab, "Of the lab, if there are several");
  command->add_flag("--dry-run", choice->dry_run, "Print the plan and touch nothing");
  command->footer(
      "Example: splitsite fault campaign --seed 7 --plan plan.json\n"
      "         splitsite fault campaign --replay plan.json");
  command->callback([choice, &context] {
    context.action = [choice, &context] {
      auto code = campaign(context, *choice);
      return code ? code.value() : report(context, code.error());
    };
  });
}

}  // namespace splitsite::cli
