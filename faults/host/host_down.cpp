#include "faults/host/host_down.hpp"

#include <fmt/format.h>

#include "faults/host/beside.hpp"
#include "faults/measure/reach.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

constexpr Duration kBoot = 3min;  // of a host, on a machine that runs a whole lab
constexpr Duration kLookEvery = 250ms;
// An agent that lives answers in milliseconds, on a starved node in some hundred; one that is asked
// in its last moment never.
constexpr Duration kLastMoment = 4s;

const char* word(PowerState state) {
  switch (state) {
    case PowerState::On:
      return "on";
    case PowerState::Off:
      return "off";
    case PowerState::Paused:
      return "paused";
    case PowerState::Starved:
      return "paused for want of disk";
  }
  return "unknown";
}

Result<std::string> life_of(const Bench& bench, const NodeId& host) {
  SPLITSITE_TRY(const auto seen, bench.nodes.observe_within(host, "node.reboot",
                                                            nlohmann::json::object(), kLastMoment));
  return seen.value("boot_id", "");
}

Result<PingResult> echo(const Bench& bench, const NodeId& from, const NodeId& to) {
  SPLITSITE_TRY(const std::string address, address_of_far_end(bench.config, {from, to}));
  return bench.prober.ping(from, address, {.count = 3, .interval = 100ms, .timeout = 400ms});
}

// A wait that ran out is a proof that failed; anything else stays what it is.
Error failed(const Error& error, const std::string& claim) {
  return error.kind == ErrorKind::TimedOut ? not_proven(claim, error.why) : error;
}

}  // namespace

ParameterSpec host_parameter() { return {"host", "host", "which host", "", "a host of the lab"}; }

Result<void> HostDown::measure_before(const Bench& bench) {
  SPLITSITE_TRY(NodeId observer, observer_of(bench.config, host_));
  SPLITSITE_TRY(NodeId control, node_beside(bench.config, host_));
  SPLITSITE_TRY(std::string life, life_of(bench, host_));
  SPLITSITE_TRY(auto flow, OpenFlow::open(bench, {observer, host_}));
  SPLITSITE_TRY(auto control_flow, OpenFlow::open(bench, {observer, control}));
  before_.emplace(Before{std::move(observer), std::move(control), std::move(life), std::move(flow),
                         std::move(control_flow)});
  return success();
}

Result<const HostDown::Before*> HostDown::before(const std::string& claim) const {
  if (before_) return &*before_;
  return Error{.kind = ErrorKind::Internal,
               .attempted = "prove that",
               .subject = claim,
               .why = "nothing was measured before"};
}

Result<const OpenFlow*> HostDown::flow() const {
  SPLITSITE_TRY(const Before* const was, before("an old connection is over it"));
  return &was->flow;
}

Result<std::string> HostDown::is_silent(const Bench& bench) const {
  const std::string claim = fmt::format("nothing is heard of {}", host_);
  SPLITSITE_TRY(const Before* const was, before(claim));
  SPLITSITE_TRY(const PingResult heard, echo(bench, was->observer, host_));
  if (heard.received > 0) return not_proven(claim, splitsite::describe(heard));
  SPLITSITE_TRY(const std::string anew, connection_times_out(bench, {{was->observer, host_}}));
  // A clean end closes its connections; every other one leaves them hanging.
  auto old = was->flow.is_silent(bench);
  if (!old) old = was->flow.is_broken(bench);
  if (!old) return old.error();
  return fmt::format("echoes: {}; {}; {}", splitsite::describe(heard), anew, old.value());
}

Result<Proof> HostDown::prove_away(const Bench& bench, PowerState wanted, Duration within) const {
  const std::string claim = fmt::format("{} is {} and nothing is heard of it", host_, word(wanted));
  const Wait wait{
      .what = "that " + claim, .bound = within, .every = kLookEvery, .stop = bench.stop};
  const auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto power = bench.power.state(host_);
    if (!power) return NotYet{power.error().message()};
    if (power.value() != wanted) return NotYet{fmt::format("it is {}", word(power.value()))};
    const auto silent = is_silent(bench);
    if (!silent) return NotYet{silent.error().message()};
    return silent.value();
  });
  if (!seen) return failed(seen.error(), claim);
  SPLITSITE_TRY(const std::string control, unaffected(bench));
  return Proof{claim, seen.value(), control};
}

// The echo first: an agent that has just gone is only known to be gone after a while.
Result<Proof> HostDown::prove_life_over(const Bench& bench, Duration within) const {
  const std::string claim = fmt::format("the life {} had is over", host_);
  SPLITSITE_TRY(const Before* const was, before(claim));
  const Wait wait{
      .what = "that " + claim, .bound = within, .every = kLookEvery, .stop = bench.stop};
  const auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto heard = echo(bench, was->observer, host_);
    if (!heard) return NotYet{heard.error().message()};
    if (heard.value().received == 0) {
      const auto silent = is_silent(bench);
      if (silent) return silent.value();
      return NotYet{silent.error().message()};
    }
    const auto life = life_of(bench, host_);
    if (!life) return NotYet{life.error().message()};
    if (life.value() == was->life) return NotYet{"it lives on"};
    return std::string("it has booted anew");
  });
  if (!seen) return failed(seen.error(), claim);
  SPLITSITE_TRY(const std::string control, unaffected(bench));
  return Proof{claim, seen.value(), control};
}

Result<HostDown::Return> HostDown::await_return(const Bench& bench, const std::string& claim,
                                                bool only_anew) const {
  SPLITSITE_TRY(const Before* const was, before(claim));
  const Wait wait{.what = "that " + claim, .bound = kBoot, .every = kLookEvery, .stop = bench.stop};
  const auto seen = eventually<Return>(bench.clock, wait, [&]() -> Probed<Return> {
    const auto heard = echo(bench, was->observer, host_);
    if (!heard) return NotYet{heard.error().message()};
    if (heard.value().received == 0) return NotYet{splitsite::describe(heard.value())};
    const auto life = life_of(bench, host_);
    if (!life) return NotYet{life.error().message()};
    const bool anew = life.value() != was->life;
    if (only_anew && !anew) return NotYet{"it still lives the life it had"};
    return Return{anew, fmt::format("echoes: {}, {}", splitsite::describe(heard.value()),
                                    anew ? "booted anew" : "lives on")};
  });
  if (!seen) return failed(seen.error(), claim);
  return seen;
}

Result<Proof> HostDown::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format("{} has booted anew and answers", host_);
  SPLITSITE_TRY(const Return back, await_return(bench, claim, !bench.rolling_back));
  SPLITSITE_TRY(const std::string control, unaffected(bench));
  return Proof{claim, back.text, control};
}

Result<std::string> HostDown::unaffected(const Bench& bench) const {
  SPLITSITE_TRY(const Before* const was, before("the control is not affected"));
  SPLITSITE_TRY(const std::string anew, connects(bench, {{was->observer, was->control}}));
  SPLITSITE_TRY(const std::string old, was->control_flow.answers(bench));
  return fmt::format("{}; {}", anew, old);
}

}  // namespace splitsite
