#include "harness/stage/ground.hpp"

#include "harness/observe/kinds.hpp"

namespace splitsite {
namespace {

template <class Map>
auto find_or_empty(const Map& map, const typename Map::key_type& key) {
  const auto it = map.find(key);
  return it != map.end() ? it->second : typename Map::mapped_type{};
}

template <class Map>
auto find_or_nothing(const Map& map, const typename Map::key_type& key)
    -> std::optional<typename Map::mapped_type> {
  const auto it = map.find(key);
  if (it == map.end()) return std::nullopt;
  return it->second;
}

void place(std::set<NodeId>& nodes, const std::string& node, bool there) {
  if (there) {
    nodes.insert(NodeId(node));
  } else {
    nodes.erase(NodeId(node));
  }
}

}  // namespace

void Ground::forget_node(const std::string& node) {
  for (auto& entry : running_) entry.second.erase(NodeId(node));
  for (auto& entry : leases_) entry.second.erase(NodeId(node));
  joined_.erase(node);
  replicas_.erase(node);
}

void Ground::follow(const Event& event) {
  const std::lock_guard lock(mutex_);
  const auto& data = event.data;
  if (event.kind == kind::vm_running) {
    auto& hosts = running_[event.subject];
    if (!data.value("running", false)) {
      hosts.erase(NodeId(event.actor));
    } else {
      hosts.emplace(event.actor, event.at.hi);
    }
  } else if (event.kind == kind::lease_held) {
    place(leases_[event.subject], event.actor, data.value("held", false));
  } else if (event.kind == kind::lockspace) {
    if (!data.value("joined", false)) {
      joined_.erase(event.actor);
    } else {
      joined_.emplace(event.actor, event.at.hi);
    }
  } else if (event.kind == kind::drbd_state) {
    replicas_[event.actor] = {data.value("connection", ""), data.value("role", ""),
                              data.value("disk", "")};
  } else if (event.kind == kind::guest_ack) {
    writes_[event.subject] = {data.value("boot", 0L), data.value("to", -1L), event.at};
  } else if (event.kind == kind::agent_start) {
    forget_node(event.actor);
  } else if (event.kind == kind::node_power && !data.value("on", true)) {
    forget_node(event.subject);
  }
}

std::set<NodeId> Ground::running_on(const VmId& vm) const {
  const std::lock_guard lock(mutex_);
  std::set<NodeId> hosts;
  for (const auto& entry : find_or_empty(running_, vm.str())) hosts.insert(entry.first);
  return hosts;
}

std::optional<Duration> Ground::running_since(const VmId& vm, const NodeId& host) const {
  const std::lock_guard lock(mutex_);
  return find_or_nothing(find_or_empty(running_, vm.str()), host);
}

std::set<NodeId> Ground::holders_of(const std::string& lease) const {
  const std::lock_guard lock(mutex_);
  return find_or_empty(leases_, lease);
}

std::optional<Duration> Ground::joined_since(const NodeId& host) const {
  const std::lock_guard lock(mutex_);
  return find_or_nothing(joined_, host.str());
}

std::optional<ReplicaState> Ground::replica(const NodeId& storage) const {
  const std::lock_guard lock(mutex_);
  return find_or_nothing(replicas_, storage.str());
}

std::optional<LastWrite> Ground::last_write(const VmId& vm) const {
  const std::lock_guard lock(mutex_);
  return find_or_nothing(writes_, vm.str());
}

}  // namespace splitsite
