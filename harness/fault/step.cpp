#include "harness/fault/step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/fault/step_visit.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

// Not a wait for anything: the fault itself is that time passes here.
void hold(Duration length, const Switches& switches) {
  const Deadline end(switches.clock, length);
  constexpr Duration kStep = std::chrono::milliseconds(50);  // how soon a stop is noticed
  while (!end.passed(switches.clock) && !switches.stop.stop_requested()) {
    switches.clock.pause(std::min(kStep, end.remaining(switches.clock)));
  }
}

// A node without power has lost every change in it; its agent cannot say so.
Result<void> revert(const InNode& step, const Switches& switches) {
  const auto before = switches.power.state(step.node);
  if (before && before.value() == PowerState::Off) return success();
  auto reverted = switches.nodes.revert(step.node, resource_of(step));
  if (reverted) return success();
  const auto power = switches.power.state(step.node);
  if (power && power.value() == PowerState::Off) return success();
  return reverted;
}

// Alive, and not on its way down; the error says what it is instead.
Result<void> alive(const TakeDown& step, const Switches& switches) {
  SPLITSITE_TRY(const auto seen,
                switches.nodes.observe_within(step.node, step.kind, nlohmann::json::object(),
                                              std::chrono::seconds(4)));
  if (!seen.value("going_down", false)) return success();
  return Error{.kind = ErrorKind::Refused,
               .attempted = "find alive",
               .subject = step.node.str(),
               .why = "it is still going down"};
}

Result<void> bring_back(const TakeDown& step, const Switches& switches) {
  constexpr Duration kBoot = std::chrono::seconds(60);
  const Wait wait{.what = fmt::format("{} to come back by itself", step.node),
                  .bound = step.comes_back ? kBoot : Duration::zero(),
                  .every = std::chrono::milliseconds(250)};
  enum class Found { Off, Alive };
  const auto found = eventually<Found>(switches.clock, wait, [&]() -> Probed<Found> {
    const auto power = switches.power.state(step.node);
    if (power && power.value() == PowerState::Off) return Found::Off;
    const auto seen = alive(step, switches);
    if (seen) return Found::Alive;
    return NotYet{seen.error().message()};
  });
  // What took it down is not in force in a node that lives, and must not be renewed there.
  if (found && found.value() == Found::Alive) {
    return switches.nodes.revert(step.node, resource_of(step));
  }
  if (!found) {
    SPLITSITE_TRY_VOID(switches.power.off(step.node));
  }
  return switches.power.on(step.node);
}

}  // namespace

Result<void> apply(const Step& step, const FaultId& fault, const Switches& switches) {
  return visit_step(
      step, [&](const PowerOff& s) { return switches.power.off(s.node); },
      [&](const PowerReset& s) { return switches.power.reset(s.node); },
      [&](const Suspend& s) { return switches.power.suspend(s.node); },
      [&](const ImpairLink& s) { return switches.links.add(s.direction, fault, s.effect); },
      [&](const InNode& s) -> Result<void> {
        SPLITSITE_TRY_VOID(switches.nodes.apply(s.node, resource_of(step), s.kind, s.arguments));
        return success();
      },
      [&](const TakeDown& s) -> Result<void> {
        SPLITSITE_TRY_VOID(switches.nodes.apply(s.node, resource_of(step), s.kind, s.arguments));
        return success();
      },
      [&](const Hold& s) -> Result<void> {
        hold(s.applying, switches);
        if (!switches.stop.stop_requested()) return success();
        return Error{.kind = ErrorKind::Interrupted, .attempted = "go on with the fault"};
      });
}

Result<void> undo(const Step& step, const FaultId& fault, const Switches& switches) {
  return visit_step(
      step, [&](const PowerOff& s) { return switches.power.on(s.node); },
      [&](const PowerReset& s) { return switches.power.on(s.node); },
      [&](const Suspend& s) { return switches.power.resume(s.node); },
      [&](const ImpairLink& s) { return switches.links.remove(s.direction, fault); },
      [&](const InNode& s) { return revert(s, switches); },
      [&](const TakeDown& s) { return bring_back(s, switches); },
      [&](const Hold& s) -> Result<void> {
        hold(s.undoing, switches);
        return success();
      });
}

Result<void> undo_all(const Plan& plan, const FaultId& fault, const Switches& switches) {
  std::optional<Error> failed;
  for (auto step = plan.rbegin(); step != plan.rend(); ++step) {
    auto undone = undo(*step, fault, switches);
    if (undone) continue;
    Error error = undone.error().while_attempting("undo", describe(*step));
    if (failed) error.why += "; and also " + failed->message();
    failed = std::move(error);
  }
  if (failed) return std::move(*failed);
  return success();
}

}  // namespace splitsite
