#include "faults/host/host_hang.hpp"

#include <fmt/format.h>

namespace splitsite {

Result<Proof> HostHang::prove(const Bench& bench) const {
  return prove_away(bench, PowerState::Paused, Duration::zero());
}

Result<Proof> HostHang::prove_healed(const Bench& bench) const {
  const std::string claim = fmt::format("{} runs and answers again", host());
  SPLITSITE_TRY(const Return back, await_return(bench, claim, false));
  SPLITSITE_TRY(const OpenFlow* const old, flow());
  SPLITSITE_TRY(const std::string connection, old->is_over_it(bench));
  SPLITSITE_TRY(const std::string control, unaffected(bench));
  return Proof{claim, fmt::format("{}; {}", back.text, connection), control};
}

CatalogueEntry host_hang_entry() {
  return {.name = "host-hang",
          .summary = "a host stands still, and later goes on as if no time had passed",
          .parameters = {host_parameter()},
          .mechanism =
              "The node's virtual CPUs are stopped; its clocks and its watchdog stand "
              "still with them.",
          .proof =
              "It is paused, and echoes, a new connection and one that was open stay "
              "unanswered. Control: new and open connections to the host beside it.",
          .undo =
              "The CPUs run on; proven when it answers and the old connection goes on or is "
              "ended. A reset by its watchdog on the way is a legal end.",
          .limits =
              "Held longer than the lockspace's time for a dead host, it comes back to "
              "leases that others hold by then.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId host, reader.host("host"));
            return std::make_unique<HostHang>(host);
          },
          .example = "host=host-a1"};
}

}  // namespace splitsite
