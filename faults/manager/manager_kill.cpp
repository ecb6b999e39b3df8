#include "faults/manager/manager_kill.hpp"

#include "faults/process/process_kill.hpp"

namespace splitsite {
namespace {

std::unique_ptr<Fault> process_fault(const NodeId& manager, ManagerKill::Stays stays) {
  return std::make_unique<ProcessKill>(
      ProcessTarget{.node = manager, .process = "manager"},
      stays == ManagerKill::Stays::Down ? ProcessKill::Stays::Down : ProcessKill::Stays::Respawned);
}

}  // namespace

ManagerKill::ManagerKill(const NodeId& manager, Stays stays)
    : ManagerFault(manager, process_fault(manager, stays)), stays_(stays) {}

std::string ManagerKill::describe() const {
  return stays_ == Stays::Down ? "the Manager is killed and stays away"
                               : "the Manager is killed and comes back";
}

nlohmann::json ManagerKill::parameters() const {
  return {{"stays", stays_ == Stays::Down ? "down" : "respawned"}};
}

Result<std::string> ManagerKill::seen_by_clients(const Bench& bench,
                                                 const ManagerSeat& seat) const {
  if (stays_ == Stays::Respawned) return api_answers(bench, seat);
  SPLITSITE_TRY(const ApiAnswers seen, ask_from_outside(bench, seat, {}));
  const std::string text = seat.observer.str() + " asks the API: " + splitsite::describe(seen);
  if (seen[0].outcome != "refused") return not_proven("the API is refused to a client", text);
  return text;
}

CatalogueEntry manager_kill_entry() {
  return {.name = "manager-kill",
          .summary = "the Manager dies",
          .parameters = {manager_parameter(),
                         {"stays", "choice",
                          "whether it stays away until healed, or crashes and comes back", "down",
                          "down, respawned"}},
          .mechanism =
              "SIGKILL to the Manager's process; its supervision is told to hold it down "
              "first, unless it is to come back.",
          .proof =
              "The process is gone and none comes after it, and clients are refused; or "
              "another process runs, and clients are answered. Control: the Manager's node "
              "answers to the network.",
          .undo = "It is let go, and its supervision starts it; a client is answered again.",
          .limits =
              "The Manager of the reference cluster reads its database again, as an engine "
              "does: what it had only in memory (the SPM's proxy, HA queue, counts of failed "
              "attempts) begins anew.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId manager, read_manager(reader));
            using Stays = ManagerKill::Stays;
            SPLITSITE_TRY(Stays stays,
                          reader.choice_of<Stays>(
                              "stays", {{"down", Stays::Down}, {"respawned", Stays::Respawned}}));
            if (reader.config().clustered_manager()) {
              if (stays == Stays::Down && reader.given("stays")) {
                return reader.wrong("stays",
                                    "is not for a clustered Manager, which its cluster "
                                    "starts somewhere else");
              }
              stays = Stays::Respawned;
            }
            return std::unique_ptr<Fault>(std::make_unique<ManagerKill>(manager, stays));
          },
          .example = "stays=down"};
}

}  // namespace splitsite
