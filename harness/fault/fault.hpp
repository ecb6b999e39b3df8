// A fault: what is to happen, as a value that touches nothing by itself. Its plan is a pure
// function of the lab's description; its proofs measure the effect and a control that must not be
// affected. Making it happen, and ending it, is the Injector's work (harness/fault/injector.hpp).
#pragma once

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "harness/fault/step.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite {

// Everything a fault may use to change and to measure. Borrowed; outlives every fault.
struct Bench {
  const LabConfig& config;
  Power& power;
  Links& links;  // to read; changes go through the owner
  LinkOwner& link_owner;
  NodeControl& nodes;
  Prober& prober;
  Clock& clock;
  std::stop_token stop = {};  // long proofs give up when asked to
  // The fault whose end is to be proven is off its links: what the owner still expects there is of
  // others.
  bool healing = false;
  // It is taken back and was never proven in force: then its end need not have left the traces, a
  // new boot or process, that the end of a whole life leaves.
  bool rolling_back = false;

  Switches switches() const { return {power, link_owner, nodes, clock, stop}; }
};

// A measured effect and its unaffected control, in words and numbers for the history.
struct Proof {
  std::string claim;     // "10.77.0.11 does not answer"
  std::string measured;  // "0 of 5 answered"
  std::string control;   // "10.77.0.21: 5 of 5 answered"
  // Of a healed fault: why what was in force was not what was asked. The lab is clean, and nothing
  // can be concluded from it.
  std::string doubt = {};
};

class Fault {
 public:
  virtual ~Fault() = default;

  virtual std::string name() const = 0;      // catalogue word: "site-power-loss"
  virtual std::string describe() const = 0;  // a phrase: "power loss of site a"
  virtual nlohmann::json parameters() const = 0;

  // The exact steps, resolved against the lab; ErrorKind::Invalid names a wrong parameter and its
  // allowed range. Pure.
  virtual Result<Plan> plan(const LabConfig& config) const = 0;

  // Measured before anything is changed, for proofs that compare. Fails if the lab is not as a
  // healthy lab must be. The default measures nothing.
  virtual Result<void> measure_before(const Bench&) { return success(); }

  // Errors mean "not proven", and say what was measured instead.
  virtual Result<Proof> prove(const Bench& bench) const = 0;
  virtual Result<Proof> prove_healed(const Bench& bench) const = 0;
};

// The Error of a proof that failed.
Error not_proven(const std::string& claim, const std::string& measured);

}  // namespace splitsite
