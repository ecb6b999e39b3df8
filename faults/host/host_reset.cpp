#include "faults/host/host_reset.hpp"

namespace splitsite {

Result<Proof> HostReset::prove(const Bench& bench) const {
  return prove_life_over(bench, std::chrono::seconds(10));
}

CatalogueEntry host_reset_entry() {
  return {.name = "host-reset",
          .summary = "a host is reset and boots anew by itself",
          .parameters = {host_parameter()},
          .mechanism = "The node's virtual machine is reset, as by its reset button.",
          .proof =
              "Its echoes stop, or it has another boot id already. "
              "Control: new and open connections to the host beside it.",
          .undo = "Nothing to undo; proven over when it answers and has another boot id.",
          .limits = "It is over as soon as the host is back, healed or not.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId host, reader.host("host"));
            return std::make_unique<HostReset>(host);
          },
          .example = "host=host-a1"};
}

}  // namespace splitsite
