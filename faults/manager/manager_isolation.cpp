#include "faults/manager/manager_isolation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "faults/link/partition.hpp"

namespace splitsite {
namespace {

// "all", or one site with hosts.
Result<std::vector<SiteId>> read_sites(const ParameterReader& reader) {
  std::vector<SiteId> sites;
  SPLITSITE_TRY(const std::string asked, reader.text("site"));
  for (const SiteConfig& site : reader.config().sites) {
    if (reader.config().hosts_of(site.name).empty()) continue;
    if (asked == "all" || site.name == SiteId(asked)) sites.push_back(site.name);
  }
  if (sites.empty()) return reader.wrong("site", "is not a site with hosts");
  return sites;
}

}  // namespace

ManagerIsolation::ManagerIsolation(const NodeId& manager, std::vector<SiteId> sites,
                                   std::vector<NodeId> nodes, Cut how)
    : ManagerFault(manager, std::make_unique<Partition>(std::vector<NodeId>{manager},
                                                        std::move(nodes), how)),
      sites_(std::move(sites)),
      how_(how) {}

std::string ManagerIsolation::describe() const {
  return fmt::format("isolation of the Manager from site {}{}", fmt::join(sites_, " and "),
                     how_ == Cut::Reject ? ", with rejection" : "");
}

nlohmann::json ManagerIsolation::parameters() const {
  nlohmann::json all{{"how", how_ == Cut::Reject ? "reject" : "drop"}};
  for (const SiteId& site : sites_) all["sites"].push_back(site.str());
  return all;
}

// The Manager itself is well, and answers whom it still hears.
Result<std::string> ManagerIsolation::seen_by_clients(const Bench& bench,
                                                      const ManagerSeat& seat) const {
  SPLITSITE_TRY(const ApiAnswers seen, ask_from_outside(bench, seat, {.count = 2}));
  const std::string text = seat.observer.str() + " asks the API: " + splitsite::describe(seen);
  if (!all_good(seen)) return not_proven("the API answers in the third site", text);
  return text;
}

CatalogueEntry manager_isolation_entry() {
  return {.name = "manager-isolation",
          .summary = "the Manager no longer hears one site, or both",
          .parameters = {manager_parameter(),
                         {"site", "choice", "which site", "all", "all, or a site with hosts"},
                         {"how", "choice", "packets vanish, or their senders are told", "drop",
                          "drop, reject"}},
          .mechanism =
              "The Manager's node blocks the addresses of the site's nodes in both "
              "directions, in a table of its own.",
          .proof =
              "Between the Manager and the site's nodes nothing arrives, new connections fail "
              "and open ones are silent, or broken when rejected. Control: nodes of the third "
              "site, where the API still answers.",
          .undo = "The table is removed; everything arrives again.",
          .limits =
              "The machine the harness runs on still reaches the API. Guests and storage are "
              "not concerned.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId manager, read_manager(reader));
            SPLITSITE_TRY(auto sites, read_sites(reader));
            SPLITSITE_TRY(const Cut how, reader.choice_of<Cut>("how", {{"drop", Cut::Drop},
                                                                       {"reject", Cut::Reject}}));
            std::vector<NodeId> nodes;
            for (const SiteId& site : sites) {
              const auto there = reader.config().nodes_of(site);
              std::copy_if(there.begin(), there.end(), std::back_inserter(nodes),
                           [&](const NodeId& node) { return node != manager; });
            }
            return std::unique_ptr<Fault>(std::make_unique<ManagerIsolation>(
                manager, std::move(sites), std::move(nodes), how));
          },
          .example = "site=b"};
}

}  // namespace splitsite
