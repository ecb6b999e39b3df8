#include "faults/host/beside.hpp"

namespace splitsite {
namespace {

Error lonely(const NodeId& node, const char* why) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "measure a fault of the node",
               .subject = node.str(),
               .why = why};
}

// How well a node serves as the control: 0 is not at all.
int likeness(const NodeConfig& candidate, const NodeConfig& broken) {
  if (candidate.name == broken.name || candidate.role == NodeRole::Wan) return 0;
  return 1 + (candidate.role == broken.role ? 2 : 0) + (candidate.site == broken.site ? 1 : 0);
}

}  // namespace

Result<NodeId> node_beside(const LabConfig& config, const NodeId& node) {
  const NodeConfig* broken = config.find_node(node);
  const NodeConfig* best = nullptr;
  for (const NodeConfig& candidate : config.nodes) {
    if (broken == nullptr || likeness(candidate, *broken) == 0) continue;
    if (best == nullptr || likeness(candidate, *broken) > likeness(*best, *broken)) {
      best = &candidate;
    }
  }
  if (best != nullptr) return best->name;
  return lonely(node, "there is no other node to compare it with");
}

Result<NodeId> observer_of(const LabConfig& config, const NodeId& node) {
  const NodeConfig* broken = config.find_node(node);
  const NodeConfig* observer = nullptr;
  for (const NodeConfig& candidate : config.nodes) {
    if (broken == nullptr || candidate.role == NodeRole::Wan) continue;
    if (candidate.site == broken->site || candidate.name == node) continue;
    if (observer == nullptr || candidate.role == NodeRole::Witness) observer = &candidate;
  }
  if (observer != nullptr) return observer->name;
  return lonely(node, "there is no node in another site to look from");
}

}  // namespace splitsite
