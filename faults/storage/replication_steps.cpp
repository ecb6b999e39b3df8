#include "faults/storage/replication_steps.hpp"

#include "faults/measure/replicas.hpp"

namespace splitsite {

Result<ReplicaParties> read_replica_parties(const ParameterReader& reader) {
  SPLITSITE_TRY(const NodeId node, reader.node("node", NodeRole::Storage));
  SPLITSITE_TRY(const NodeId peer, storage_peer(reader.config(), node));
  const auto hosts = reader.config().hosts_of(reader.config().find_node(peer)->site);
  if (hosts.empty()) return reader.wrong("node", "has no host in its peer's site as a control");
  return ReplicaParties{.node = node, .peer = peer, .host = hosts.front()};
}

Step replica_step(const NodeId& node, const std::string& kind, const std::string& resource) {
  return InNode{
      .node = node, .kind = kind, .arguments = nlohmann::json::object(), .resource = resource};
}

Disk lun_of(const NodeId& host) {
  return {.node = host, .path = "mapper/splitsite-lun", .words = "the LUN at " + host.str()};
}

}  // namespace splitsite
