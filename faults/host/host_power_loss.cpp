#include "faults/host/host_power_loss.hpp"

namespace splitsite {

Result<Proof> HostPowerLoss::prove(const Bench& bench) const {
  return prove_away(bench, PowerState::Off, Duration::zero());
}

CatalogueEntry host_power_loss_entry() {
  return {.name = "host-power-loss",
          .summary = "a host loses its power at once and stays without it",
          .parameters = {host_parameter()},
          .mechanism = "The node's virtual machine is destroyed; nothing in it runs again.",
          .proof =
              "It is off, and echoes, a new connection and one that was open stay unanswered. "
              "Control: new and open connections to the host beside it.",
          .undo = "Power on; proven when it answers and has another boot id than before.",
          .limits = "Leases it held are free only after the lockspace's time for a dead host.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId host, reader.host("host"));
            return std::make_unique<HostPowerLoss>(host);
          },
          .example = "host=host-a1"};
}

}  // namespace splitsite
