#include "harness/fault/injector.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cassert>
#include <optional>
#include <set>
#include <utility>

#include "harness/fault/conflict.hpp"
#include "harness/observe/kinds.hpp"

namespace splitsite {
namespace {

nlohmann::json to_json(const Proof& proof) {
  return {{"claim", proof.claim}, {"measured", proof.measured}, {"control", proof.control}};
}

// What is changed inside a node ends with its power, whatever it was: a legal end of every kind of
// change. Nothing if the plan is of anything else, or one of its nodes lives.
std::optional<Proof> ended_with_power(const Plan& plan, Power& power) {
  std::set<NodeId> nodes;
  for (const Step& step : plan) {
    const auto* in_node = std::get_if<InNode>(&step);
    if (in_node == nullptr) return std::nullopt;
    const auto state = power.state(in_node->node);
    if (!state || state.value() != PowerState::Off) return std::nullopt;
    nodes.insert(in_node->node);
  }
  if (nodes.empty()) return std::nullopt;
  return Proof{.claim = "what was changed is gone",
               .measured = fmt::format("{} without power: nothing to heal", fmt::join(nodes, ", ")),
               .control = "none needed: nothing is changed any more"};
}

}  // namespace

Error not_proven(const std::string& claim, const std::string& measured) {
  return Error{.kind = ErrorKind::Refused,
               .attempted = "prove that",
               .subject = claim,
               .why = "measured: " + measured};
}

ActiveFault::ActiveFault(Injector& injector, FaultId id, std::unique_ptr<Fault> fault, Plan plan,
                         long undo)
    : injector_(&injector),
      id_(std::move(id)),
      fault_(std::move(fault)),
      plan_(std::move(plan)),
      undo_id_(undo) {
  ++injector.alive_;
}

ActiveFault::ActiveFault(ActiveFault&& other) noexcept
    : injector_(std::exchange(other.injector_, nullptr)),
      id_(std::move(other.id_)),
      fault_(std::move(other.fault_)),
      plan_(std::move(other.plan_)),
      undo_id_(other.undo_id_) {}

Result<void> ActiveFault::heal() && {
  assert(injector_ != nullptr && "a fault is healed once");
  Injector& injector = *std::exchange(injector_, nullptr);
  --injector.alive_;
  return injector.heal(id_, *fault_, plan_, undo_id_);
}

ActiveFault::~ActiveFault() {
  if (injector_ == nullptr) return;
  Injector& injector = *injector_;
  if (injector.lab_ends_) {
    --injector.alive_;
    injector.history_.record("harness", kind::fault_left, id_.str(),
                             {{"why", "interrupted; the fault ends with its lab"}});
    return;
  }
  injector.history_.record("harness", kind::run_phase, id_.str(),
                           {{"phase", "healed by leaving its scope"}});
  // The errors are in the history and in dirty(); a destructor has nobody to return them to.
  (void)std::move(*this).heal();
}

Injector::Injector(Bench bench, UndoLog& undo_log, HistoryWriter& history, Gate gate)
    : bench_(bench), undo_log_(undo_log), history_(history), gate_(std::move(gate)) {}

Injector::~Injector() { assert(alive_ == 0 && "faults end before their injector"); }

Result<void> Injector::check(const Fault& fault, const Plan& plan) {
  for (const auto& [id, other] : in_force_) {
    const std::string why = conflict_between(other, plan, bench_.config);
    if (why.empty()) continue;
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "inject",
                 .subject = fault.describe(),
                 .why = fmt::format("it and {}, which is in force, {}", id, why),
                 .hint = "heal that one first"};
  }
  for (const Step& step : plan) {
    const auto* link = std::get_if<ImpairLink>(&step);
    if (link == nullptr) continue;
    auto fits = bench_.link_owner.check(link->direction, link->effect);
    if (!fits) return fits.error().while_attempting("inject", fault.describe());
  }
  if (dirty_) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "inject",
                 .subject = fault.describe(),
                 .why = "an earlier fault could not be healed",
                 .hint = "run \"splitsite heal\", or take the lab down and up"};
  }
  if (gate_ && alive_ == 0) return gate_();
  return success();
}

// A node that goes down by its own doing is down by the end of the proof, not by that of the step.
void Injector::record_taken_down(const Plan& plan, Duration began) {
  for (const Step& step : plan) {
    const auto* taken = std::get_if<TakeDown>(&step);
    if (taken == nullptr) continue;
    const Window window{began, history_.now().hi};
    history_.record(Event{window, "harness", kind::node_power, taken->node.str(), {{"on", false}}});
  }
}

// What a step did to a whole node between `began` and now, for the oracles: what a node without
// power or a suspended one had, it does not run.
void Injector::record_power(const Step& step, bool applied, Duration began) {
  const auto record = [&](const char* event_kind, const NodeId& node, const char* key, bool value) {
    const Window window{began, history_.now().hi};
    history_.record(Event{window, "harness", event_kind, node.str(), {{key, value}}});
  };
  if (const auto* off = std::get_if<PowerOff>(&step)) {
    record(kind::node_power, off->node, "on", !applied);
  } else if (const auto* reset = std::get_if<PowerReset>(&step)) {
    if (applied) record(kind::node_power, reset->node, "on", false);
    record(kind::node_power, reset->node, "on", true);
  } else if (const auto* taken = std::get_if<TakeDown>(&step); taken != nullptr && !applied) {
    record(kind::node_power, taken->node, "on", true);
  } else if (const auto* suspend = std::get_if<Suspend>(&step)) {
    record(kind::node_suspended, suspend->node, "suspended", applied);
  }
}

Result<void> Injector::apply_all(const FaultId& id, const Plan& plan) {
  for (const Step& step : plan) {
    const Duration began = history_.now().lo;
    auto applied = splitsite::apply(step, id, bench_.switches());
    if (!applied) return applied.error().while_attempting("apply", describe(step));
    record_power(step, true, began);
    history_.record("harness", kind::fault_inject, id.str(), {{"applied", describe(step)}});
  }
  return success();
}

// Without haste: an interruption does not cut this proof short, because without it nobody knows
// whether the lab is clean.
Result<Proof> Injector::prove_gone(const Fault& fault, const Plan& plan, bool rolling_back) {
  if (const auto ended = ended_with_power(plan, bench_.power)) return *ended;
  Bench unhurried = bench_;
  unhurried.stop = {};
  unhurried.healing = true;
  unhurried.rolling_back = rolling_back;
  return fault.prove_healed(unhurried);
}

// Undoes the whole plan: the failed step may be half done, the later ones undo to what they are.
// That it is gone is proven as after a heal, because what could not be proven may yet be there.
Result<void> Injector::roll_back(const FaultId& id, const Fault& fault, const Plan& plan,
                                 long undo_id, Error cause) {
  history_.record("harness", kind::fault_not_proven, id.str(), {{"why", cause.message()}});
  const Duration began = history_.now().lo;
  auto gone = undo_all(plan, id, bench_.switches());
  if (gone) {
    for (const Step& step : plan) record_power(step, false, began);
  }
  if (gone && !lab_ends_) {
    if (const auto proof = prove_gone(fault, plan, true); !proof) gone = proof.error();
  }
  if (gone) gone = undo_log_.mark_done(undo_id);
  if (gone) return cause;
  dirty_ = true;
  history_.record("harness", kind::fault_left, id.str(), {{"why", gone.error().message()}});
  cause.why += fmt::format("; and it is not proven to be undone: {}", gone.error().message());
  cause.hint = "run \"splitsite heal\", or take the lab down and up";
  return cause;
}

Result<ActiveFault> Injector::inject(std::unique_ptr<Fault> fault) {
  SPLITSITE_TRY(const Plan plan, fault->plan(bench_.config));
  SPLITSITE_TRY_VOID(check(*fault, plan));
  SPLITSITE_TRY_VOID(fault->measure_before(bench_));

  const FaultId id(fmt::format("fault-{}", next_id_++));
  history_.record("harness", kind::fault_inject, id.str(),
                  {{"fault", fault->name()},
                   {"description", fault->describe()},
                   {"parameters", fault->parameters()}});
  SPLITSITE_TRY(const long undo_id, undo_log_.write(to_text(plan)));

  const Duration began = history_.now().lo;
  if (auto applied = apply_all(id, plan); !applied) {
    return roll_back(id, *fault, plan, undo_id, applied.error()).error();
  }
  auto proof = fault->prove(bench_);
  if (!proof) return roll_back(id, *fault, plan, undo_id, proof.error()).error();
  history_.record("harness", kind::fault_proof, id.str(), to_json(proof.value()));
  record_taken_down(plan, began);
  history_.record(Event{{began, history_.now().hi},
                        "harness",
                        kind::fault_active,
                        id.str(),
                        {{"fault", fault->name()}, {"description", fault->describe()}}});
  in_force_[id] = plan;
  return ActiveFault(*this, id, std::move(fault), plan, undo_id);
}

Result<void> Injector::heal(const FaultId& id, const Fault& fault, const Plan& plan, long undo_id) {
  const Duration began = history_.now().lo;
  history_.record("harness", kind::fault_heal, id.str(), {{"description", fault.describe()}});
  auto undone = undo_all(plan, id, bench_.switches());
  if (undone) {
    for (const Step& step : plan) record_power(step, false, began);
  }
  in_force_.erase(id);
  Result<Proof> proof = undone ? prove_gone(fault, plan, false) : Result<Proof>(undone.error());
  // Only what is proven is crossed out: after anything else, and after a death in the middle,
  // "splitsite heal" undoes it once more.
  if (proof) {
    if (const auto crossed_out = undo_log_.mark_done(undo_id); !crossed_out) {
      proof = crossed_out.error();
    }
  }
  if (proof) {
    const std::string& doubt = proof.value().doubt;
    if (!doubt.empty()) {
      history_.record("harness", kind::fault_not_proven, id.str(), {{"why", doubt}});
    }
    auto data = to_json(proof.value());
    data["description"] = fault.describe();
    history_.record(
        Event{{began, history_.now().hi}, "harness", kind::fault_healed, id.str(), data});
    return success();
  }
  dirty_ = true;
  history_.record("harness", kind::fault_left, id.str(), {{"why", proof.error().message()}});
  return proof.error().while_attempting("heal", fault.describe());
}

Result<int> heal_left_behind(UndoLog& undo_log, const Switches& switches) {
  SPLITSITE_TRY(auto pending, undo_log.pending());
  int healed = 0;
  std::optional<Error> failed;
  const auto undo_one = [&](const UndoEntry& entry) -> Result<void> {
    SPLITSITE_TRY(const Plan plan, plan_from_text(entry.text));
    SPLITSITE_TRY_VOID(undo_all(plan, FaultId("left-behind"), switches));
    return undo_log.mark_done(entry.id);
  };
  for (auto entry = pending.rbegin(); entry != pending.rend(); ++entry) {
    auto undone = undo_one(*entry);
    if (undone) {
      ++healed;
      continue;
    }
    Error error = undone.error();
    if (failed) error.why += "; and also " + failed->message();
    failed = std::move(error);
  }
  if (failed) return std::move(*failed);
  return healed;
}

}  // namespace splitsite
