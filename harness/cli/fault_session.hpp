// Faults held by this process in a lab that is up: taken charge of, injected one after another,
// held until asked to end, healed in reverse. What happens is told as it happens, and recorded.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/cli/context.hpp"
#include "harness/cli/lab_bench.hpp"
#include "harness/fault/injector.hpp"
#include "harness/lab/fault_owner.hpp"
#include "harness/lab/journal.hpp"

namespace splitsite::cli {

class FaultSession {
 public:
  // Attaches to the lab, takes charge of its faults and waits for its agents. Refused while faults
  // of a dead process are left in it. `what` is this program in words; `heals_on_request` if it
  // will hold() its faults.
  static Result<std::unique_ptr<FaultSession>> open(Context& context, const std::string& lab,
                                                    std::string what, bool heals_on_request);
  // Heals what is still in force.
  ~FaultSession();
  FaultSession(const FaultSession&) = delete;
  FaultSession& operator=(const FaultSession&) = delete;

  const LabConfig& config() const { return lab_->config(); }
  const std::string& history_path() const { return history_path_; }
  Injector& injector() { return *injector_; }

  Result<FaultId> inject(std::unique_ptr<Fault> fault);
  // Holds them until `length` has passed, an interruption, or every one was healed by request.
  void hold(Duration length);
  Result<void> heal(const FaultId& id);
  // In reverse order, going on after an error; the first error.
  Result<void> heal_all();
  bool any_in_force() const { return !active_.empty(); }

 private:
  FaultSession(Context& context, std::unique_ptr<Lab> lab, FaultOwnership ownership,
               Journal journal, HistoryWriter history, std::string history_path);
  void tell(const Event& event);
  void publish();

  Context& context_;
  std::unique_ptr<Lab> lab_;
  FaultOwnership ownership_;
  Journal journal_;
  HistoryWriter history_;
  std::string history_path_;
  LabBench bench_;
  std::unique_ptr<Injector> injector_;
  std::vector<ActiveFault> active_;
};

}  // namespace splitsite::cli
