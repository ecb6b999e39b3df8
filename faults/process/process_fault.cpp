#include "faults/process/process_fault.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

// A host that its watchdog reset boots for most of this on a slow machine.
constexpr Duration back_within = std::chrono::minutes(3);
constexpr Duration look_every = std::chrono::milliseconds(250);
// The watchdog daemon tests every 10 s, so that much later than the timers alone would have it.
constexpr Duration watchdog_test = std::chrono::seconds(15);

}  // namespace

Result<Plan> ProcessFault::plan(const LabConfig&) const {
  return Plan{InNode{.node = target_.node,
                     .kind = kind_,
                     .arguments = arguments(),
                     .resource = target_.resource()}};
}

Result<void> ProcessFault::measure_before(const Bench& bench) {
  SPLITSITE_TRY(before_, see(bench, target_));
  if (!before_.running || before_.held || before_.stopped()) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "break",
                 .subject = target_.describe(),
                 .why = fmt::format("it does not run as it should: {}", before_.describe()),
                 .hint = target_.is_vm() ? "name the host that runs the VM now" : ""};
  }
  SPLITSITE_TRY(control_, Untouched::choose(bench, target_));
  return success();
}

Result<Proof> ProcessFault::proof(const Bench& bench, std::string claim,
                                  std::string measured) const {
  if (!control_) {
    return Error{.kind = ErrorKind::Internal,
                 .attempted = "prove that",
                 .subject = claim,
                 .why = "nothing was measured before"};
  }
  SPLITSITE_TRY(auto untouched, control_->still(bench));
  return Proof{
      .claim = std::move(claim), .measured = std::move(measured), .control = std::move(untouched)};
}

Result<ProcessSeen> ProcessFault::await_running(
    const Bench& bench, const std::string& claim,
    const std::function<bool(const ProcessSeen&)>& healed) const {
  const Duration danger =
      target_.guards_host() ? bench.config.timing.host_dead_after() + watchdog_test : Duration{};
  const Deadline safe(bench.clock, danger);
  const Wait wait{
      .what = claim, .bound = back_within + danger, .every = look_every, .stop = bench.stop};
  auto seen = eventually<ProcessSeen>(bench.clock, wait, [&]() -> Probed<ProcessSeen> {
    const auto now = see(bench, target_);
    if (!now) return NotYet{now.error().message()};
    if (!now.value().running || !healed(now.value())) return NotYet{now.value().describe()};
    const bool booted_anew = now.value().boot_id != before_.boot_id;
    if (booted_anew || safe.passed(bench.clock)) return now.value();
    return NotYet{"it runs, but its host's watchdog may still fire"};
  });
  if (seen || seen.error().kind != ErrorKind::TimedOut) return seen;
  return not_proven(claim, seen.error().why);
}

}  // namespace splitsite
