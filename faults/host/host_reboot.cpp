#include "faults/host/host_reboot.hpp"

namespace splitsite {

Result<Plan> HostReboot::plan(const LabConfig&) const {
  return Plan{TakeDown{.node = host(),
                       .kind = "node.reboot",
                       .arguments = nlohmann::json::object(),
                       .comes_back = true}};
}

Result<Proof> HostReboot::prove(const Bench& bench) const {
  return prove_life_over(bench, std::chrono::seconds(90));
}

CatalogueEntry host_reboot_entry() {
  return {.name = "host-reboot",
          .summary = "a host is rebooted cleanly, without the Manager being asked",
          .parameters = {host_parameter()},
          .mechanism =
              "The node's own init reboots: guests get SIGTERM, the host daemon ends, "
              "sanlock leaves its lockspace, then the node starts again.",
          .proof =
              "Its echoes stop, or it has another boot id already. "
              "Control: new and open connections to the host beside it.",
          .undo =
              "It comes back by itself; powered off and on should it not. Proven when it "
              "answers and has another boot id.",
          .limits = "It is over as soon as the host is back, healed or not.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId host, reader.host("host"));
            return std::make_unique<HostReboot>(host);
          },
          .example = "host=host-a1"};
}

}  // namespace splitsite
