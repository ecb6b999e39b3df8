#include "faults/manager/manager_fault.hpp"

namespace splitsite {

Result<void> ManagerFault::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(bench.config, manager_));
  SPLITSITE_TRY(const ApiAnswers before, ask_from_outside(bench, seat, {.count = 2}));
  if (!all_good(before)) {
    return not_proven("the Manager's API answers before the fault", splitsite::describe(before));
  }
  SPLITSITE_TRY_VOID(require_active(bench, seat));
  return inner_->measure_before(bench);
}

Result<Proof> ManagerFault::prove(const Bench& bench) const {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(bench.config, manager_));
  SPLITSITE_TRY(Proof proof, inner_->prove(bench));
  SPLITSITE_TRY(const std::string clients, seen_by_clients(bench, seat));
  proof.measured += "; " + clients;
  return proof;
}

Result<Proof> ManagerFault::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(bench.config, manager_));
  SPLITSITE_TRY(Proof proof, inner_->prove_healed(bench));
  SPLITSITE_TRY(const std::string clients, api_answers(bench, seat));
  proof.measured += "; " + clients;
  return proof;
}

}  // namespace splitsite
