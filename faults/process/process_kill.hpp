// process-kill: a process that dies at once (SIGKILL), and either stays away until the fault is
// healed or comes back as the node's own supervision has it.
#pragma once

#include "faults/process/process_fault.hpp"

namespace splitsite {

class ProcessKill final : public ProcessFault {
 public:
  enum class Stays { Down, Respawned };

  ProcessKill(ProcessTarget target, Stays stays)
      : ProcessFault(std::move(target), "process.kill"), stays_(stays) {}

  std::string name() const override { return "process-kill"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  // Down: not there for longer than its supervision would need. Respawned: another process.
  // A VM: its process is gone.
  Result<Proof> prove(const Bench& bench) const override;
  // It runs, as another process, and nothing holds it down.
  Result<Proof> prove_healed(const Bench& bench) const override;

 protected:
  nlohmann::json arguments() const override;

 private:
  Result<Proof> prove_down(const Bench& bench) const;
  Result<Proof> prove_respawned(const Bench& bench) const;
  Result<Proof> prove_vm_gone(const Bench& bench) const;

  Stays stays_;
};

CatalogueEntry process_kill_entry();

}  // namespace splitsite
