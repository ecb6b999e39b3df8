// process-stop: a process that is there and does nothing, as one that hangs (SIGSTOP). Healing lets
// it go on where it was.
#pragma once

#include "faults/process/process_fault.hpp"

namespace splitsite {

class ProcessStop final : public ProcessFault {
 public:
  explicit ProcessStop(ProcessTarget target) : ProcessFault(std::move(target), "process.stop") {}

  std::string name() const override { return "process-stop"; }
  std::string describe() const override { return target().describe() + " hangs"; }
  nlohmann::json parameters() const override {
    return {{"node", target().node.str()}, {"process", target().process}};
  }
  // Stopped, and no CPU time used between two looks.
  Result<Proof> prove(const Bench& bench) const override;
  // Goes on; or died meanwhile, which the watchdog makes of a hanging sanlock, and runs anew.
  Result<Proof> prove_healed(const Bench& bench) const override;
};

CatalogueEntry process_stop_entry();

}  // namespace splitsite
