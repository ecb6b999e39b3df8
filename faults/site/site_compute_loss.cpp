#include "faults/site/site_compute_loss.hpp"

#include <fmt/format.h>

namespace splitsite {

std::string SiteComputeLoss::describe() const {
  return fmt::format("power loss of the hosts of site {}{}", site(), comeback_text());
}

std::vector<NodeId> SiteComputeLoss::victims(const LabConfig& config) const {
  return config.hosts_of(site());
}

CatalogueEntry site_compute_loss_entry() {
  return {.name = "site-compute-loss",
          .summary = "every host of a site loses power, its storage stays",
          .parameters = with_comeback({{"site", "site", "which site", "", "a site with hosts"}}),
          .mechanism = "The hosts' virtual machines are destroyed, nothing in them runs on.",
          .proof =
              "Each host is off and answers neither echoes nor new or open connections; the site's "
              "storage node and a host of the "
              "other site answer the same observer.",
          .undo = "Power on, in reverse order when staggered; every host answers again.",
          .limits = "A host may take a minute to boot, and joins its cluster later still.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const SiteId site, reader.site_with_hosts("site"));
            SPLITSITE_TRY(const Comeback comeback, read_comeback(reader));
            return std::unique_ptr<Fault>(std::make_unique<SiteComputeLoss>(site, comeback));
          },
          .example = "site=b"};
}

}  // namespace splitsite
