// splitsite fault: the catalogue for a person at a terminal, and its faults in a lab that is up.
// `inject` stays in the foreground and holds what it injected; `heal`, from another terminal, asks
// it to heal, or undoes what a process that died left behind.
#include "harness/cli/fault_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "faults/catalogue.hpp"
#include "harness/cli/campaign_command.hpp"
#include "harness/cli/fault_session.hpp"
#include "harness/cli/fault_status.hpp"
#include "harness/cli/heal_command.hpp"
#include "harness/cli/lab_command.hpp"

namespace splitsite::cli {
namespace {

// Long enough for a power-on to be proven.
constexpr Duration kHealWithin = std::chrono::minutes(6);

struct InjectOptions {
  std::vector<std::string> words;
  std::string lab;
  std::string length = "24h";
  bool dry_run = false;
};

struct HealOptions {
  std::string id;
  std::string lab;
};

// "link-delay added=10ms + site-power-loss site=a": several at once, injected in this order.
Result<std::vector<std::unique_ptr<Fault>>> faults_in(const std::vector<std::string>& words,
                                                      const LabConfig& config) {
  std::vector<std::unique_ptr<Fault>> faults;
  for (auto word = words.begin(); word != words.end();) {
    SPLITSITE_TRY(const auto* entry, find_entry(fault_catalogue(), *word));
    std::string given;
    for (++word; word != words.end() && *word != "+"; ++word) given += *word + " ";
    if (word != words.end()) ++word;
    SPLITSITE_TRY(const Parameters parameters, parse_parameters(given));
    SPLITSITE_TRY(auto fault, make_fault(*entry, parameters, config));
    faults.push_back(std::move(fault));
  }
  return faults;
}

void print_plans(const std::vector<std::unique_ptr<Fault>>& faults, const LabConfig& config) {
  for (const auto& fault : faults) {
    fmt::print("{}\n", fault->describe());
    const auto plan = fault->plan(config);
    if (!plan) continue;  // made for this lab, so there is one
    for (const Step& step : plan.value()) fmt::print("  {}\n", describe(step));
  }
}

ExitCode ended(Context& context, FaultSession& session, const Result<void>& healed) {
  if (session.injector().dirty()) return ExitCode::Dirty;
  if (!healed) return report(context, healed.error());
  return ExitCode::Pass;
}

Result<ExitCode> inject(Context& context, const InjectOptions& options) {
  SPLITSITE_TRY(const Duration length, parse_duration(options.length));
  SPLITSITE_TRY(const std::string name, choose_lab(context, options.lab));
  // What the words mean is settled before anything is taken charge of, let alone touched.
  SPLITSITE_TRY(const LabConfig config, read_lab_config(context.state.lab(name).config()));
  SPLITSITE_TRY(auto faults, faults_in(options.words, config));
  if (options.dry_run) {
    print_plans(faults, config);
    return ExitCode::Pass;
  }
  SPLITSITE_TRY(auto session, FaultSession::open(context, name, "splitsite fault inject", true));
  for (auto& fault : faults) {
    auto id = session->inject(std::move(fault));
    if (id) continue;
    const ExitCode failed = report(context, id.error());
    (void)session->heal_all();
    return session->injector().dirty() ? ExitCode::Dirty : failed;
  }
  fmt::print("heals after {}, on Ctrl-C, or by \"splitsite fault heal\" in another terminal\n",
             options.length);
  std::fflush(stdout);
  session->hold(length);
  const auto healed = session->heal_all();
  fmt::print("recorded in {}\n", session->history_path());
  return ended(context, *session, healed);
}

ExitCode inject_command(Context& context, const InjectOptions& options) {
  auto code = inject(context, options);
  return code ? code.value() : report(context, code.error());
}

bool names(const FaultOwner& owner, const std::string& id) {
  for (const auto& fault : owner.faults) {
    if (fault.first.str() == id) return true;
  }
  return false;
}

// Waits until the owner has none of the asked-for faults in force any more. Returns those asked
// for.
Result<std::vector<FaultId>> ask_owner(Context& context, const LabPaths& paths,
                                       const FaultOwner& owner, const std::string& id) {
  std::vector<FaultId> asked;
  for (const auto& fault : owner.faults) {
    if (!id.empty() && fault.first.str() != id) continue;
    SPLITSITE_TRY_VOID(request_heal(paths, fault.first));
    asked.push_back(fault.first);
  }
  if (asked.empty()) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "heal",
                 .subject = id.empty() ? "the lab's faults" : id,
                 .why = "no such fault is in force",
                 .hint = "it may still be on its way; end its process with Ctrl-C"};
  }
  const Wait wait{.what = fmt::format("\"{}\" (pid {}) to heal", owner.what, owner.process.pid),
                  .bound = kHealWithin,
                  .every = std::chrono::milliseconds(100),
                  .stop = context.stop,
                  .progress = [&](const WaitProgress& p) { context.progress.update("heal", p); }};
  auto gone = eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    const auto now = find_fault_owner(paths);
    if (!now || !(now->process == owner.process)) return true;
    if (id.empty() ? now->faults.empty() : !names(*now, id)) return true;
    return NotYet{"still in force"};
  });
  context.progress.finish();
  if (!gone) return gone.error();
  return asked;
}

// What the owner answered; Dirty if a heal failed. Nothing if it died before it could answer all.
std::optional<ExitCode> told_by_owner(const LabPaths& paths, const FaultOwner& owner,
                                      const std::vector<FaultId>& asked) {
  ExitCode worst = ExitCode::Pass;
  for (const FaultId& fault : asked) {
    const auto answer = find_heal_answer(paths, fault);
    if (!answer) return std::nullopt;
    if (!answer->healed) worst = ExitCode::Dirty;
    fmt::print("\"{}\" (pid {}): {} {}\n", owner.what, owner.process.pid, fault,
               answer->healed ? "is healed, and proven to be" : "is NOT healed: " + answer->words);
  }
  return worst;
}

ExitCode undo_what_is_left(Context& context, const std::string& lab) {
  const auto found = heal_running_lab(context, lab);
  if (!found) return report(context, found.error()), ExitCode::Dirty;
  fmt::print("{}\n", found.value());
  return ExitCode::Pass;
}

Result<ExitCode> heal(Context& context, const HealOptions& options) {
  SPLITSITE_TRY(const std::string name, choose_lab(context, options.lab));
  const LabPaths paths = context.state.lab(name);
  const auto owner = find_fault_owner(paths);
  if (!owner) return undo_what_is_left(context, name);
  SPLITSITE_TRY(const auto asked, ask_owner(context, paths, *owner, options.id));
  const auto told = told_by_owner(paths, *owner, asked);
  // It may have died instead: what it left is then nobody's any more.
  return told ? *told : undo_what_is_left(context, name);
}

ExitCode heal_command(Context& context, const HealOptions& options) {
  auto code = heal(context, options);
  return code ? code.value() : report(context, code.error());
}

ExitCode describe_command(Context& context, const std::string& name) {
  const auto entry = find_entry(fault_catalogue(), name);
  if (!entry) return report(context, entry.error());
  fmt::print("{}", describe(*entry.value()));
  return ExitCode::Pass;
}

void add_list(CLI::App& fault, Context& context) {
  auto markdown = std::make_shared<bool>(false);
  CLI::App* list = fault.add_subcommand("list", "Every fault there is");
  list->add_flag("--markdown", *markdown, "As the table in the README");
  list->callback([markdown, &context] {
    context.action = [markdown] {
      fmt::print("{}", *markdown ? list_markdown(fault_catalogue()) : list_text(fault_catalogue()));
      return ExitCode::Pass;
    };
  });
}

void add_describe(CLI::App& fault, Context& context) {
  auto name = std::make_shared<std::string>();
  CLI::App* describe = fault.add_subcommand("describe", "All there is to say about one fault");
  describe->add_option("NAME", *name, "Which; see \"splitsite fault list\"")->required();
  describe->callback([name, &context] {
    context.action = [name, &context] { return describe_command(context, *name); };
  });
}

void add_inject(CLI::App& fault, Context& context) {
  auto options = std::make_shared<InjectOptions>();
  CLI::App* inject = fault.add_subcommand(
      "inject", "Put faults in force in a lab that is up, until Ctrl-C, --for, or a heal");
  inject
      ->add_option("NAME", options->words,
                   "The fault, then its parameters as name=value; "
                   "\" + \" before a further fault")
      ->required();
  inject->add_option("-n,--name", options->lab, "Of the lab, if there are several");
  inject->add_option("--for", options->length, "Heal after this long")->capture_default_str();
  inject->add_flag("--dry-run", options->dry_run, "Print what would be changed, and touch nothing");
  inject->footer(
      "Examples: splitsite fault inject link-delay sites=a-b added=10ms --for 60s\n"
      "          splitsite fault inject link-delay added=10ms + site-power-loss site=a");
  inject->callback([options, &context] {
    context.action = [options, &context] { return inject_command(context, *options); };
  });
}

void add_heal(CLI::App& fault, Context& context) {
  auto options = std::make_shared<HealOptions>();
  CLI::App* heal = fault.add_subcommand("heal", "End the faults in force in a lab");
  heal->add_option("ID", options->id, "Only this one: fault-1; all if absent");
  heal->add_option("-n,--name", options->lab, "Of the lab, if there are several");
  heal->callback([options, &context] {
    context.action = [options, &context] { return heal_command(context, *options); };
  });
}

}  // namespace

void add_fault_command(CLI::App& app, Context& context) {
  CLI::App* fault = app.add_subcommand("fault", "The catalogue of faults, and faults by hand");
  fault->require_subcommand(1);
  add_list(*fault, context);
  add_describe(*fault, context);
  add_inject(*fault, context);
  add_heal(*fault, context);
  add_status_command(*fault, context);
  add_campaign_command(*fault, context);
}

}  // namespace splitsite::cli
