#include "faults/site/site_storage_loss.hpp"

#include <fmt/format.h>

namespace splitsite {

std::string SiteStorageLoss::describe() const {
  return fmt::format("power loss of the storage of site {}{}", site(), comeback_text());
}

std::vector<NodeId> SiteStorageLoss::victims(const LabConfig& config) const {
  std::vector<NodeId> nodes;
  for (const NodeConfig& node : config.nodes) {
    if (node.site == site() && node.role == NodeRole::Storage) nodes.push_back(node.name);
  }
  return nodes;
}

CatalogueEntry site_storage_loss_entry() {
  return {.name = "site-storage-loss",
          .summary = "the storage of a site loses power, its hosts stay",
          .parameters = with_comeback({{"site", "site", "which site", "", "a site with hosts"}}),
          .mechanism = "The storage node's virtual machine is destroyed, nothing in it runs on.",
          .proof =
              "It is off and answers neither echoes nor new or open connections; the site's hosts "
              "and a host of the other site "
              "answer the same observer.",
          .undo = "Power on; it answers again.",
          .limits =
              "The surviving half stalls until the witness has ruled (seconds); the replicas "
              "are in sync again only after a resync. \"return\" matters only where a site "
              "has several storage nodes.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const SiteId site, reader.site_with_hosts("site"));
            SPLITSITE_TRY(const Comeback comeback, read_comeback(reader));
            return std::unique_ptr<Fault>(std::make_unique<SiteStorageLoss>(site, comeback));
          },
          .example = "site=b"};
}

}  // namespace splitsite
