// The life of a fault: gate, undo written to disk, apply, prove, and only then active; heal exactly
// its own steps in reverse, then prove that it is gone. An ActiveFault exists only while its fault
// is proven and in force; its destructor heals and records, so that no path leaves a fault behind.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "harness/fault/fault.hpp"
#include "harness/observe/history.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite {

class Injector;

class [[nodiscard]] ActiveFault {
 public:
  ActiveFault(ActiveFault&& other) noexcept;
  ActiveFault& operator=(ActiveFault&&) = delete;
  ActiveFault(const ActiveFault&) = delete;
  ActiveFault& operator=(const ActiveFault&) = delete;
  // Still active (and the lab lives on): heals as far as it can and records what came of it; a
  // failure marks the injector.
  ~ActiveFault();

  const FaultId& id() const { return id_; }
  std::string describe() const { return fault_->describe(); }

  // Undoes the steps and proves that the effect is gone. The fault is over in either case; an error
  // says what could not be healed, and the undo log keeps it for "splitsite heal".
  Result<void> heal() &&;

 private:
  friend class Injector;
  ActiveFault(Injector& injector, FaultId id, std::unique_ptr<Fault> fault, Plan plan, long undo);

  Injector* injector_;  // null: moved from or over
  FaultId id_;
  std::unique_ptr<Fault> fault_;
  Plan plan_;
  long undo_id_;
};

class Injector {
 public:
  // Asked before an injection while nothing is in force (with a fault in force no lab is healthy):
  // an error means the lab is not fit for it. May be empty.
  using Gate = std::function<Result<void>()>;

  // All references outlive the injector, and the injector outlives every ActiveFault.
  Injector(Bench bench, UndoLog& undo_log, HistoryWriter& history, Gate gate = {});
  ~Injector();
  Injector(const Injector&) = delete;
  Injector& operator=(const Injector&) = delete;

  // On error nothing stays changed, or the injector is dirty() and the error says so.
  Result<ActiveFault> inject(std::unique_ptr<Fault> fault);

  // From now on a fault that leaves its scope is not healed, only recorded: for a run that was
  // interrupted and whose lab, with everything in it, ends right after it.
  void leave_faults_to_the_lab() { lab_ends_ = true; }

  // Something could not be undone: the lab must not be used for another verdict.
  bool dirty() const { return dirty_; }

 private:
  friend class ActiveFault;
  Result<void> check(const Fault& fault, const Plan& plan);
  Result<void> apply_all(const FaultId& id, const Plan& plan);
  Result<void> roll_back(const FaultId& id, const Fault& fault, const Plan& plan, long undo_id,
                         Error cause);
  Result<Proof> prove_gone(const Fault& fault, const Plan& plan, bool rolling_back);
  Result<void> heal(const FaultId& id, const Fault& fault, const Plan& plan, long undo_id);
  void record_power(const Step& step, bool on, Duration began);
  void record_taken_down(const Plan& plan, Duration began);

  Bench bench_;
  UndoLog& undo_log_;
  HistoryWriter& history_;
  Gate gate_;
  std::map<FaultId, Plan> in_force_;
  int next_id_ = 1;
  int alive_ = 0;
  bool dirty_ = false;
  std::atomic<bool> lab_ends_ = false;  // set from the thread that heard the interrupt
};

// Replays what a dead harness left in the undo log, newest first, and goes on after an error.
// Returns how many entries were undone; all errors as one.
Result<int> heal_left_behind(UndoLog& undo_log, const Switches& switches);

}  // namespace splitsite
