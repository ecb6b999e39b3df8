#include "faults/storage/storage_path_loss.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "faults/measure/replicas.hpp"
#include "faults/storage/disk.hpp"
#include "faults/storage/portal.hpp"

namespace splitsite {
namespace {

using std::chrono::seconds;

constexpr Duration kControlWithin = seconds(20);
// iscsid tries again every few seconds, multipath looks every two.
constexpr Duration kWholeAgainWithin = seconds(120);

template <class List, class Name>
std::string listed(const List& list, const Name& name) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "" : ", ") + name(entry);
  return text;
}

void add_sentence(std::string& text, const std::string& more) {
  text += (text.empty() ? "" : "; ") + more;
}

Disk path_disk(const NodeId& host, const std::string& disk) {
  return {.node = host, .path = disk, .words = fmt::format("{} at {}", disk, host)};
}

// New connections are not made, in the way that `reject` says.
Result<std::string> portal_is_shut(const Bench& bench, const NodeId& host,
                                   const StoragePathLoss::Portal& portal, bool reject) {
  SPLITSITE_TRY(const std::string outcome, knock(bench, host, portal.address));
  const std::string text =
      fmt::format("{} to {}: new connection {}", host, portal.address, outcome);
  const bool shut =
      reject ? outcome == "refused" || outcome == "unreachable" : outcome == "timed_out";
  if (shut) return text;
  return not_proven(fmt::format("the portal of {} {} {}", portal.node,
                                reject ? "refuses" : "does not answer", host),
                    text);
}

// Nothing comes back through the session that was open; it may have noticed already.
Result<std::string> session_is_dead(const Bench& bench, const NodeId& host,
                                    const std::string& disk) {
  SPLITSITE_TRY(const DiskLook seen,
                look_at(bench, path_disk(host, disk), DiskFlow::Open, 1, seconds(1)));
  const std::string text = fmt::format("{} at {}: {}", disk, host, describe(seen));
  if (seen.done == 0) return text;
  return not_proven(fmt::format("the open session of {} is dead", host), text);
}

}  // namespace

std::string StoragePathLoss::describe() const {
  return fmt::format("loss of the storage paths of {} to {} by {}",
                     listed(loss_.hosts, [](const NodeId& host) { return host.str(); }),
                     listed(loss_.lost, [](const Portal& portal) { return portal.node.str(); }),
                     loss_.reject ? "reject" : "drop");
}

nlohmann::json StoragePathLoss::parameters() const {
  nlohmann::json hosts = nlohmann::json::array();
  nlohmann::json portals = nlohmann::json::array();
  for (const NodeId& host : loss_.hosts) hosts.push_back(host.str());
  for (const Portal& portal : loss_.lost) portals.push_back(portal.node.str());
  return {{"hosts", hosts}, {"portals", portals}, {"how", loss_.reject ? "reject" : "drop"}};
}

Result<Plan> StoragePathLoss::plan(const LabConfig&) const {
  nlohmann::json peers = nlohmann::json::array();
  for (const Portal& portal : loss_.lost) peers.push_back(portal.address);
  Plan plan;
  for (const NodeId& host : loss_.hosts) {
    plan.push_back(InNode{.node = host,
                          .kind = "traffic.block",
                          .arguments = {{"direction", "both"},
                                        {"peers", peers},
                                        {"what", "storage"},
                                        {"how", loss_.reject ? "reject" : "drop"}},
                          .resource = "storage traffic"});
  }
  return plan;
}

Result<void> StoragePathLoss::measure_before(const Bench& bench) {
  for (const NodeId& host : loss_.hosts) {
    for (const Portal& portal : loss_.lost) {
      SPLITSITE_TRY_VOID(path_is_whole(bench, host, portal.address, kControlWithin));
      SPLITSITE_TRY(const HostPath path, read_path(bench, host, portal.address));
      SPLITSITE_TRY_VOID(disk_serves(bench, path_disk(host, path.disk), kControlWithin));
      disks_[{host, portal.address}] = path.disk;
    }
  }
  SPLITSITE_TRY_VOID(control(bench));
  return success();
}

// The paths that are kept, on the same hosts; where none is, those of a host beside them.
Result<std::string> StoragePathLoss::control(const Bench& bench) const {
  const bool same_hosts = !loss_.kept.empty();
  const std::vector<NodeId> hosts = same_hosts ? loss_.hosts : std::vector{loss_.unaffected};
  std::string text;
  for (const NodeId& host : hosts) {
    for (const Portal& portal : same_hosts ? loss_.kept : loss_.lost) {
      auto whole = path_is_whole(bench, host, portal.address, kControlWithin);
      if (!whole) return not_proven("the control is not affected", whole.error().why);
      add_sentence(text, whole.value());
    }
  }
  return text;
}

Result<Proof> StoragePathLoss::prove(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} is in force", describe())};
  for (const NodeId& host : loss_.hosts) {
    for (const Portal& portal : loss_.lost) {
      SPLITSITE_TRY(const std::string shut, portal_is_shut(bench, host, portal, loss_.reject));
      SPLITSITE_TRY(const std::string dead,
                    session_is_dead(bench, host, disks_.at({host, portal.address})));
      add_sentence(proof.measured, shut + ", open session: " + dead);
    }
  }
  SPLITSITE_TRY(proof.control, control(bench));
  return proof;
}

Result<Proof> StoragePathLoss::prove_healed(const Bench& bench) const {
  Proof proof{.claim = "every path is logged in and in use again"};
  for (const NodeId& host : loss_.hosts) {
    for (const Portal& portal : loss_.lost) {
      SPLITSITE_TRY(const std::string whole,
                    path_is_whole(bench, host, portal.address, kWholeAgainWithin));
      SPLITSITE_TRY(const HostPath path, read_path(bench, host, portal.address));
      SPLITSITE_TRY(const std::string serves,
                    disk_serves(bench, path_disk(host, path.disk), kControlWithin));
      add_sentence(proof.measured, whole + "; " + serves);
    }
  }
  SPLITSITE_TRY(proof.control, control(bench));
  return proof;
}

namespace {

Result<std::vector<NodeId>> hosts_of(const ParameterReader& reader) {
  if (reader.given("host") && reader.given("site")) {
    return reader.wrong("site", "goes not together with a host");
  }
  if (reader.given("site")) {
    SPLITSITE_TRY(const SiteId site, reader.site_with_hosts("site"));
    return reader.config().hosts_of(site);
  }
  if (!reader.given("host")) return reader.wrong("host", "is missing, and so is a site");
  SPLITSITE_TRY(NodeId host, reader.host("host"));
  return std::vector{std::move(host)};
}

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  StoragePathLoss::Loss loss;
  SPLITSITE_TRY(loss.hosts, hosts_of(reader));
  SPLITSITE_TRY(loss.reject, reader.choice_of<bool>("how", {{"drop", false}, {"reject", true}}));
  SPLITSITE_TRY(const std::string portal, reader.text("portal"));
  NodeId only;
  if (portal != "all") {
    SPLITSITE_TRY(only, reader.node("portal", NodeRole::Storage));
  }
  for (const NodeId& node : storage_nodes(reader.config())) {
    auto& list = only.empty() || node == only ? loss.lost : loss.kept;
    list.push_back({node, reader.config().find_node(node)->site_address()});
  }
  for (const NodeConfig& node : reader.config().nodes) {
    const bool lost =
        std::find(loss.hosts.begin(), loss.hosts.end(), node.name) != loss.hosts.end();
    if (node.role == NodeRole::Host && !lost && loss.unaffected.empty())
      loss.unaffected = node.name;
  }
  return std::unique_ptr<Fault>(std::make_unique<StoragePathLoss>(std::move(loss)));
}

}  // namespace

CatalogueEntry storage_path_loss_entry() {
  return {
      .name = "storage-path-loss",
      .summary = "a host, or all hosts of a site, lose one iSCSI path or all",
      .parameters = {{.name = "host",
                      .type = "host",
                      .meaning = "the host that loses its paths",
                      .otherwise = "none",
                      .allowed = "a host; this or a site"},
                     {.name = "site",
                      .type = "site",
                      .meaning = "all hosts of this site lose theirs",
                      .otherwise = "none",
                      .allowed = "a site with hosts; this or a host"},
                     {.name = "portal",
                      .type = "node",
                      .meaning = "the storage node the lost path leads to",
                      .otherwise = "all",
                      .allowed = "a storage node, all"},
                     {.name = "how",
                      .type = "choice",
                      .meaning = "silently, or with a refusal that is noticed at once",
                      .otherwise = "drop",
                      .allowed = "drop, reject"}},
      .mechanism =
          "Each host's own packet filter drops or rejects the traffic with the portals (TCP "
          "3260), in both directions.",
      .proof =
          "New connections to the portal time out or are refused; a direct read through the "
          "open session of that path brings nothing. The other path, or another host's, works.",
      .undo =
          "The filter's rules are taken away. Proven by a new connection, the session logged in, "
          "reads of the path's disk, and multipath using it.",
      .limits =
          "A host without any path loses its leases after 8 x io_timeout and is reset by its "
          "watchdog if it still holds some. Silent loss is noticed after 2 x io_timeout.",
      .make = make,
      .example = "host=host-b2 portal=sto-a"};
}

}  // namespace splitsite
