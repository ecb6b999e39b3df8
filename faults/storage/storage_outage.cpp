#include "faults/storage/storage_outage.hpp"

#include <fmt/format.h>

#include "faults/measure/reach.hpp"
#include "faults/measure/replicas.hpp"

namespace splitsite {
namespace {

struct Ways {
  Way to_node;      // from a host of its site
  Way replication;  // from the other storage node
  Way control;      // from the same host to the other storage node
};

Result<Ways> ways_to(const LabConfig& config, const NodeId& node) {
  SPLITSITE_TRY(const NodeId peer, storage_peer(config, node));
  const auto hosts = config.hosts_of(config.find_node(node)->site);
  if (!hosts.empty()) {
    return Ways{.to_node = {.from = hosts.front(), .to = node},
                .replication = {.from = peer, .to = node, .network = Network::Replication},
                .control = {.from = hosts.front(), .to = peer}};
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "prove an outage of",
               .subject = node.str(),
               .why = "its site has no host to observe from"};
}

const std::vector<ParameterSpec>& outage_parameters() {
  static const std::vector<ParameterSpec> all = {{.name = "node",
                                                  .type = "node",
                                                  .meaning = "the storage node",
                                                  .otherwise = "",
                                                  .allowed = "a storage node"}};
  return all;
}

auto maker_of(StorageOutage::Kind kind) {
  return [kind](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
    SPLITSITE_TRY(const NodeId node, reader.node("node", NodeRole::Storage));
    return std::unique_ptr<Fault>(std::make_unique<StorageOutage>(kind, node));
  };
}

}  // namespace

std::string StorageOutage::name() const {
  return kind_ == Kind::PowerLoss ? "storage-power-loss" : "storage-hang";
}

std::string StorageOutage::describe() const {
  return fmt::format("{} of storage node {}", kind_ == Kind::PowerLoss ? "power loss" : "hang",
                     node_);
}

Result<Plan> StorageOutage::plan(const LabConfig& config) const {
  SPLITSITE_TRY_VOID(storage_peer(config, node_));
  if (kind_ == Kind::PowerLoss) return Plan{PowerOff{node_}};
  return Plan{Suspend{node_}};
}

Result<void> StorageOutage::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const Ways ways, ways_to(bench.config, node_));
  SPLITSITE_TRY_VOID(connects(bench, {ways.replication}));
  SPLITSITE_TRY_VOID(connects(bench, {ways.control}));
  SPLITSITE_TRY(flow_, OpenFlow::open(bench, ways.to_node));
  return success();
}

Result<Proof> StorageOutage::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Ways ways, ways_to(bench.config, node_));
  const bool off = kind_ == Kind::PowerLoss;
  Proof proof{.claim = fmt::format("{} {} and answers nobody", node_,
                                   off ? "has no power" : "stands still")};
  SPLITSITE_TRY(const PowerState state, bench.power.state(node_));
  if (state != (off ? PowerState::Off : PowerState::Paused)) {
    return not_proven(proof.claim, fmt::format("{} has power and runs", node_));
  }
  SPLITSITE_TRY(const std::string open, flow_->is_silent(bench));
  SPLITSITE_TRY(const std::string fresh, connection_times_out(bench, {ways.to_node}));
  SPLITSITE_TRY(const std::string peer, connection_times_out(bench, {ways.replication}));
  proof.measured = fmt::format("{}; {}; {}; {}", off ? "off" : "paused", open, fresh, peer);
  SPLITSITE_TRY(proof.control, connects(bench, {ways.control}));
  return proof;
}

// The old connection is not asked: it ended with the node, or may repeat itself only much later.
Result<Proof> StorageOutage::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const Ways ways, ways_to(bench.config, node_));
  Proof proof{.claim = fmt::format("{} answers and both copies are up to date", node_)};
  SPLITSITE_TRY(const PowerState state, bench.power.state(node_));
  if (state != PowerState::On) {
    return not_proven(proof.claim,
                      fmt::format("{} is {}", node_, state == PowerState::Off ? "off" : "paused"));
  }
  SPLITSITE_TRY(const std::string whole, replicas_are_whole(bench, kWholeWithin));
  SPLITSITE_TRY(const std::string fresh, connects(bench, {ways.to_node}));
  SPLITSITE_TRY(const std::string peer, connects(bench, {ways.replication}));
  proof.measured = fmt::format("{}; {}; {}", whole, fresh, peer);
  SPLITSITE_TRY(proof.control, connects(bench, {ways.control}));
  return proof;
}

CatalogueEntry storage_power_loss_entry() {
  return {.name = "storage-power-loss",
          .summary = "a storage node loses its power",
          .parameters = outage_parameters(),
          .mechanism = "The node's virtual machine is destroyed: nothing is written back.",
          .proof =
              "It has no power; an open connection and new ones over the site's and the "
              "replication network are silent, while the other storage node answers.",
          .undo =
              "Power on. Proven by new connections and by both copies being up to date, which "
              "takes a boot and a resync.",
          .limits = "The other site goes on alone after about 3 s, when the witness has decided.",
          .make = maker_of(StorageOutage::Kind::PowerLoss),
          .example = "node=sto-b"};
}

CatalogueEntry storage_hang_entry() {
  return {.name = "storage-hang",
          .summary = "a storage node stops where it stands",
          .parameters = outage_parameters(),
          .mechanism = "The node's virtual CPUs are paused, and its clock with them.",
          .proof =
              "It is paused; an open connection and new ones over the site's and the "
              "replication network are silent, while the other storage node answers.",
          .undo = "Its CPUs run on. Proven by new connections and by both copies being up to date.",
          .limits =
              "After 3 s its peer asks the witness to go on alone; the node that wakes up "
              "then loses, resets itself and comes back through a boot and a resync.",
          .make = maker_of(StorageOutage::Kind::Hang),
          .example = "node=sto-b"};
}

}  // namespace splitsite
