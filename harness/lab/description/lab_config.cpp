#include "harness/lab/description/lab_config.hpp"

#include <algorithm>

namespace splitsite {
namespace {

template <class Item, class Name>
const Item* find_by_name(const std::vector<Item>& items, const Name& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(SiteRole role) {
  switch (role) {
    case SiteRole::Primary:
      return "primary";
    case SiteRole::Secondary:
      return "secondary";
    case SiteRole::Third:
      return "third";
  }
  return "third";
}

std::string_view to_string(NodeRole role) {
  switch (role) {
    case NodeRole::Host:
      return "host";
    case NodeRole::Storage:
      return "storage";
    case NodeRole::Wan:
      return "wan";
    case NodeRole::Manager:
      return "manager";
    case NodeRole::Witness:
      return "witness";
  }
  return "witness";
}

std::string_view to_string(DeadSpm behaviour) {
  return behaviour == DeadSpm::Moves ? "moves" : "stuck";
}

std::string_view to_string(OnHostError handling) {
  switch (handling) {
    case OnHostError::Migrate:
      return "migrate";
    case OnHostError::DoNotMigrate:
      return "do_not_migrate";
    case OnHostError::MigrateHighlyAvailable:
      return "migrate_highly_available";
  }
  return "migrate";
}

std::string_view to_string(MigrationMode mode) {
  switch (mode) {
    case MigrationMode::Migratable:
      return "migratable";
    case MigrationMode::UserMigratable:
      return "user_migratable";
    case MigrationMode::Pinned:
      return "pinned";
  }
  return "migratable";
}

std::string_view to_string(VmsRule rule) {
  switch (rule) {
    case VmsRule::None:
      return "none";
    case VmsRule::Positive:
      return "positive";
    case VmsRule::Negative:
      return "negative";
  }
  return "none";
}

std::string_view to_string(ResumeBehaviour behaviour) {
  switch (behaviour) {
    case ResumeBehaviour::AutoResume:
      return "auto_resume";
    case ResumeBehaviour::LeavePaused:
      return "leave_paused";
    case ResumeBehaviour::Kill:
      return "kill";
  }
  return "auto_resume";
}

std::string NodeConfig::site_address() const {
  if (nics.empty()) return {};
  return nics.front().address.substr(0, nics.front().address.find('/'));
}

std::string NodeConfig::replication_address() const {
  for (const NicConfig& nic : nics) {
    if (nic.network.starts_with("repl-")) return nic.address.substr(0, nic.address.find('/'));
  }
  return {};
}

const NodeConfig* LabConfig::find_node(const NodeId& wanted) const {
  return find_by_name(nodes, wanted);
}

const VmConfig* LabConfig::find_vm(const VmId& wanted) const { return find_by_name(vms, wanted); }

const SiteConfig* LabConfig::find_site(const SiteId& wanted) const {
  return find_by_name(sites, wanted);
}

std::string PowerConfig::address_in(const SiteId& site) const {
  for (const PowerControllerConfig& controller : controllers) {
    if (controller.site != site) continue;
    return controller.address.substr(0, controller.address.find('/'));
  }
  return {};
}

std::vector<NodeId> LabConfig::hosts_of(const SiteId& site) const {
  std::vector<const NodeConfig*> hosts;
  for (const NodeConfig& node : nodes) {
    if (node.role == NodeRole::Host && node.site == site) hosts.push_back(&node);
  }
  std::sort(hosts.begin(), hosts.end(), [](const NodeConfig* left, const NodeConfig* right) {
    return left->host_id < right->host_id;
  });
  std::vector<NodeId> names;
  for (const NodeConfig* host : hosts) names.push_back(host->name);
  return names;
}

std::vector<NodeId> LabConfig::nodes_of(const SiteId& site) const {
  std::vector<NodeId> names = hosts_of(site);
  for (const NodeConfig& node : nodes) {
    const bool belongs = node.role == NodeRole::Storage || node.role == NodeRole::Manager;
    if (belongs && node.site == site) names.push_back(node.name);
  }
  return names;
}

std::vector<NodeId> LabConfig::managers() const {
  std::vector<NodeId> names;
  for (const SiteConfig& site : sites) {
    for (const NodeConfig& node : nodes) {
      if (node.role == NodeRole::Manager && node.site == site.name) names.push_back(node.name);
    }
  }
  return names;
}

std::uint64_t LabConfig::disk_size(const NodeConfig& node) const {
  constexpr std::uint64_t state_of_manager = 64 * 1024 * 1024;
  if (node.role == NodeRole::Storage) return storage.backing_size();
  return node.role == NodeRole::Manager ? state_of_manager : 0;
}

std::optional<SiteId> LabConfig::site_with(SiteRole role) const {
  for (const SiteConfig& site : sites) {
    if (site.role == role) return site.name;
  }
  return std::nullopt;
}

}  // namespace splitsite
