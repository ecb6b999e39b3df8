// What both faults of a process share: its target, seen running before, and the control beside it.
#pragma once

#include <optional>
#include <string>

#include "faults/process/process_target.hpp"

namespace splitsite {

class ProcessFault : public Fault {
 public:
  Result<Plan> plan(const LabConfig& config) const override;
  // Unavailable if the process does not run, is stopped, or is held down already.
  Result<void> measure_before(const Bench& bench) override;

 protected:
  ProcessFault(ProcessTarget target, std::string kind)
      : target_(std::move(target)), kind_(std::move(kind)) {}

  virtual nlohmann::json arguments() const { return {{"process", target_.process}}; }

  const ProcessTarget& target() const { return target_; }
  const ProcessSeen& before() const { return before_; }
  // Proven true, and the control with it.
  Result<Proof> proof(const Bench& bench, std::string claim, std::string measured) const;
  // Waits until the process runs and `healed` holds of it, for as long as a node that was reset in
  // the meantime needs to come back. Says what was seen last.
  // Of a daemon that guards the host's leases (sanlock, wdmd) also until the watchdog can no longer
  // reset the host for it: until then it is not over.
  Result<ProcessSeen> await_running(const Bench& bench, const std::string& claim,
                                    const std::function<bool(const ProcessSeen&)>& healed) const;

 private:
  ProcessTarget target_;
  std::string kind_;  // of the agent's change
  ProcessSeen before_;
  std::optional<Untouched> control_;
};

}  // namespace splitsite
