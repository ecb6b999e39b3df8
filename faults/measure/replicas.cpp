#include "faults/measure/replicas.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite {

bool Replica::whole() const {
  return connection == "Connected" && disk == "UpToDate" && peer_disk == "UpToDate" &&
         !paused_here && !paused_by_peer;
}

std::string describe(const Replica& replica) {
  std::string text = fmt::format("{} {}/{}", replica.connection, replica.disk, replica.peer_disk);
  if (replica.behind_kib > 0) text += fmt::format(", {} KiB differ", replica.behind_kib);
  if (replica.paused_here) text += ", resync paused here";
  if (replica.paused_by_peer) text += ", resync paused by the peer";
  return text;
}

std::vector<NodeId> storage_nodes(const LabConfig& config) {
  std::vector<NodeId> nodes;
  for (const NodeConfig& node : config.nodes) {
    if (node.role == NodeRole::Storage) nodes.push_back(node.name);
  }
  return nodes;
}

Result<NodeId> storage_peer(const LabConfig& config, const NodeId& node) {
  const auto nodes = storage_nodes(config);
  if (nodes.size() == 2 && nodes[0] == node) return nodes[1];
  if (nodes.size() == 2 && nodes[1] == node) return nodes[0];
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the replica beside that of",
               .subject = node.str(),
               .why = "it is not one of two storage nodes"};
}

Result<Replica> read_replica(const Bench& bench, const NodeId& node) {
  SPLITSITE_TRY(const auto seen,
                bench.nodes.observe(node, "replica.attach", nlohmann::json::object()));
  return Replica{.connection = seen.value("connection", ""),
                 .disk = seen.value("disk", ""),
                 .peer_disk = seen.value("peer_disk", ""),
                 .paused_here = seen.value("paused_here", false),
                 .paused_by_peer = seen.value("paused_by_peer", false),
                 .behind_kib = seen.value("out_of_sync_kib", std::uint64_t{0})};
}

Result<std::string> replicas_are_whole(const Bench& bench, Duration bound) {
  const Wait wait{.what = "both copies to be up to date",
                  .bound = bound,
                  .every = std::chrono::milliseconds(500),
                  .stop = bench.stop};
  auto whole = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    std::string text;
    for (const NodeId& node : storage_nodes(bench.config)) {
      auto replica = read_replica(bench, node);
      if (!replica) return NotYet{replica.error().message()};
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", node, describe(replica.value()));
      if (!replica.value().whole()) return NotYet{text};
    }
    return text;
  });
  if (!whole) return not_proven("both copies are up to date", whole.error().message());
  return whole;
}

}  // namespace splitsite
