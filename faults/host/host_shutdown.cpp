#include "faults/host/host_shutdown.hpp"

namespace splitsite {

Result<Plan> HostShutdown::plan(const LabConfig&) const {
  return Plan{
      TakeDown{.node = host(), .kind = "node.shutdown", .arguments = nlohmann::json::object()}};
}

Result<Proof> HostShutdown::prove(const Bench& bench) const {
  return prove_away(bench, PowerState::Off, std::chrono::seconds(90));
}

CatalogueEntry host_shutdown_entry() {
  return {.name = "host-shutdown",
          .summary = "a host is shut down cleanly, without the Manager being asked",
          .parameters = {host_parameter()},
          .mechanism =
              "The node's own init shuts down: guests get SIGTERM, the host daemon ends, "
              "sanlock leaves its lockspace, then the power goes off.",
          .proof =
              "It is off, and echoes, a new connection and one that was open stay unanswered. "
              "Control: new and open connections to the host beside it.",
          .undo =
              "Power on, after cutting it should the shutdown have got stuck; proven when it "
              "answers and has another boot id.",
          .limits = "Proven within 90 s: guests have ten of them to end.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId host, reader.host("host"));
            return std::make_unique<HostShutdown>(host);
          },
          .example = "host=host-a1"};
}

}  // namespace splitsite
