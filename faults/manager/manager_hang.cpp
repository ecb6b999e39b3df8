#include "faults/manager/manager_hang.hpp"

#include "faults/process/process_stop.hpp"

namespace splitsite {

ManagerHang::ManagerHang(const NodeId& manager)
    : ManagerFault(manager, std::make_unique<ProcessStop>(
                                ProcessTarget{.node = manager, .process = "manager"})) {}

Result<std::string> ManagerHang::seen_by_clients(const Bench& bench,
                                                 const ManagerSeat& seat) const {
  SPLITSITE_TRY(const ApiAnswers seen, ask_from_outside(bench, seat, {}));
  const std::string text = seat.observer.str() + " asks the API: " + splitsite::describe(seen);
  if (seen[0].outcome != "silent") return not_proven("the API is silent to a client", text);
  return text;
}

CatalogueEntry manager_hang_entry() {
  return {.name = "manager-hang",
          .summary = "the Manager hangs: it is there and does nothing",
          .parameters = {manager_parameter()},
          .mechanism = "SIGSTOP to the Manager's process.",
          .proof =
              "The process is stopped and uses no CPU time, and a client's request stays "
              "without an answer. Control: the Manager's node answers to the network.",
          .undo = "SIGCONT; a client is answered again.",
          .limits =
              "Its timers go on while it hangs: what was due meanwhile it does at once when "
              "it goes on.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId manager, read_manager(reader));
            return std::unique_ptr<Fault>(std::make_unique<ManagerHang>(manager));
          },
          .example = ""};
}

}  // namespace splitsite
