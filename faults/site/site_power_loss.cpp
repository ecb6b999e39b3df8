#include "faults/site/site_power_loss.hpp"

#include <fmt/format.h>

namespace splitsite {

std::string SitePowerLoss::describe() const {
  return fmt::format("power loss of site {}{}", site(), comeback_text());
}

std::vector<NodeId> SitePowerLoss::victims(const LabConfig& config) const {
  return config.nodes_of(site());
}

CatalogueEntry site_power_loss_entry() {
  return {.name = "site-power-loss",
          .summary = "every host and the storage node of a site lose power at once",
          .parameters = with_comeback({{"site", "site", "which site", "", "a site with hosts"}}),
          .mechanism = "The nodes' virtual machines are destroyed, nothing in them runs on.",
          .proof =
              "Each node is off and answers neither echoes nor new or open connections; a host of "
              "the other site answers the "
              "same observer.",
          .undo = "Power on, in reverse order when staggered; every node answers again.",
          .limits =
              "A node may take a minute to boot, and joins its cluster later still. The "
              "replicas are in sync again only after a resync.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const SiteId site, reader.site_with_hosts("site"));
            SPLITSITE_TRY(const Comeback comeback, read_comeback(reader));
            return std::unique_ptr<Fault>(std::make_unique<SitePowerLoss>(site, comeback));
          },
          .example = "site=b"};
}

}  // namespace splitsite
