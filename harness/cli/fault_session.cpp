#include "harness/cli/fault_session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "harness/observe/kinds.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite::cli {
namespace {

// The lab's directory keeps them until the lab is taken down.
std::string new_history_path(const LabPaths& paths) {
  for (int number = 1;; ++number) {
    const std::string path = fmt::format("{}/faults-{}.jsonl", paths.directory, number);
    if (!std::filesystem::exists(path)) return path;
  }
}

std::string word(const Event& event, const char* key) {
  const auto found = event.data.find(key);
  return found != event.data.end() && found->is_string() ? found->get<std::string>() : "";
}

// What a person wants to read of an event; empty: nothing.
std::string in_words(const Event& event) {
  const std::string took = format_duration(event.at.hi - event.at.lo);
  if (event.kind == kind::fault_inject && event.data.contains("description")) {
    return fmt::format("{}: {}", event.subject, word(event, "description"));
  }
  if (event.kind == kind::fault_inject) return "  " + word(event, "applied");
  if (event.kind == kind::fault_proof) {
    return fmt::format("  proven: {}\n    measured: {}\n    control: {}", word(event, "claim"),
                       word(event, "measured"), word(event, "control"));
  }
  if (event.kind == kind::fault_active) {
    return fmt::format("  in force, {} after its first change began", took);
  }
  if (event.kind == kind::fault_not_proven) return "  not proven: " + word(event, "why");
  if (event.kind == kind::fault_heal) return fmt::format("{}: healing", event.subject);
  if (event.kind == kind::fault_healed) {
    return fmt::format("  healed and proven, {} after the undoing began: {}\n    measured: {}",
                       took, word(event, "claim"), word(event, "measured"));
  }
  if (event.kind == kind::fault_left) return "  LEFT BEHIND: " + word(event, "why");
  return {};
}

}  // namespace

Result<std::unique_ptr<FaultSession>> FaultSession::open(Context& context, const std::string& name,
                                                         std::string what, bool heals_on_request) {
  SPLITSITE_TRY(auto lab, Lab::attach(context.state, name));
  SPLITSITE_TRY(auto ownership,
                FaultOwnership::take(lab->paths(), std::move(what), heals_on_request));
  SPLITSITE_TRY(auto journal, Journal::open(lab->paths().journal()));
  SPLITSITE_TRY(const auto pending, journal.pending());
  if (!pending.empty()) {
    return Error{
        .kind = ErrorKind::Conflict,
        .attempted = "inject a fault into the lab",
        .subject = name,
        .why = fmt::format("{} fault(s) of a process that died are left in it", pending.size()),
        .hint = "run \"splitsite fault heal\" first"};
  }
  const std::string path = new_history_path(lab->paths());
  SPLITSITE_TRY(auto history, HistoryWriter::create(path, steady_clock()));
  std::unique_ptr<FaultSession> session(new FaultSession(
      context, std::move(lab), std::move(ownership), std::move(journal), std::move(history), path));
  SPLITSITE_TRY_VOID(session->bench_.meet_all(context.stop));
  // A lab that is just up has not been given its latency yet; nothing else is in force.
  SPLITSITE_TRY_VOID(session->bench_.links().apply_baseline());
  return session;
}

FaultSession::FaultSession(Context& context, std::unique_ptr<Lab> lab, FaultOwnership ownership,
                           Journal journal, HistoryWriter history, std::string history_path)
    : context_(context),
      lab_(std::move(lab)),
      ownership_(std::move(ownership)),
      journal_(std::move(journal)),
      history_(std::move(history)),
      history_path_(std::move(history_path)),
      bench_(*lab_, [this](const NodeId& node, const std::string& change) {
        history_.record(node.str(), kind::deadman_lifted, change,
                        {{"change", change}, {"why", "it was not there to be renewed"}});
      }) {
  history_.follow([this](const Event& event) { tell(event); });
  injector_ = std::make_unique<Injector>(bench_.bench(context_.stop), journal_, history_,
                                         [this] { return bench_.meet_all(context_.stop); });
}

FaultSession::~FaultSession() { (void)heal_all(); }

void FaultSession::tell(const Event& event) {
  const std::string text = in_words(event);
  if (text.empty()) return;
  context_.progress.finish();
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

// Only for others to see: the faults are what they are.
void FaultSession::publish() {
  std::vector<std::pair<FaultId, std::string>> faults;
  for (const ActiveFault& fault : active_) faults.emplace_back(fault.id(), fault.describe());
  if (auto told = ownership_.publish(std::move(faults)); !told) {
    fmt::print(stderr, "splitsite: {}\n", told.error().message());
  }
}

Result<FaultId> FaultSession::inject(std::unique_ptr<Fault> fault) {
  SPLITSITE_TRY(auto active, injector_->inject(std::move(fault)));
  const FaultId id = active.id();
  active_.push_back(std::move(active));
  publish();
  return id;
}

void FaultSession::hold(Duration length) {
  const Wait wait{.what = "the faults' end",
                  .bound = length,
                  .every = std::chrono::milliseconds(100),
                  .stop = context_.stop,
                  .progress = [this](const WaitProgress& progress) {
                    context_.progress.update("in force", progress);
                  }};
  // However the wait ends, by its bound, by an interruption, by requests: what follows is the same.
  (void)eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    for (const FaultId& id : ownership_.requested()) (void)heal(id);
    if (active_.empty()) return true;
    return NotYet{fmt::format("{} fault(s)", active_.size())};
  });
  context_.progress.finish();
}

Result<void> FaultSession::heal(const FaultId& id) {
  const auto found = std::find_if(active_.begin(), active_.end(),
                                  [&](const ActiveFault& fault) { return fault.id() == id; });
  if (found == active_.end()) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "heal",
                 .subject = id.str(),
                 .why = "it is not in force"};
  }
  // ActiveFault is not assignable, so the vector is rebuilt without it.
  std::vector<ActiveFault> rest;
  Result<void> healed = success();
  for (ActiveFault& fault : active_) {
    if (fault.id() == id) {
      healed = std::move(fault).heal();
    } else {
      rest.push_back(std::move(fault));
    }
  }
  active_.swap(rest);
  // Before it is no longer published: whoever asked for it looks for the answer then.
  if (auto answered = ownership_.answer(id, healed); !answered) {
    fmt::print(stderr, "splitsite: {}\n", answered.error().message());
  }
  publish();
  return healed;
}

Result<void> FaultSession::heal_all() {
  Result<void> first = success();
  while (!active_.empty()) {
    const FaultId last = active_.back().id();
    auto healed = heal(last);
    if (!healed && first) first = healed;
  }
  return first;
}

}  // namespace splitsite::cli
