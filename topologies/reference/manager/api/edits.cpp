// PUT of VMs and clusters: only what differs from what is becomes a command (facts 7.4, 7.6).
#include "topologies/reference/manager/api/edits.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "topologies/reference/manager/api/lookup.hpp"

namespace splitsite::reference {
namespace {

Fault no_member(const std::string& value, const char* type) {
  return {400, "Invalid value", fmt::format("{} is not a member of {}", value, type)};
}

// The value of an enumeration's name.
template <class Value, std::size_t N>
std::optional<Value> value_of(const std::array<std::pair<std::string_view, Value>, N>& names,
                              std::string_view text) {
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, MigrationMode>, 3> migration_modes = {
    {{"migratable", MigrationMode::Migratable},
     {"user_migratable", MigrationMode::UserMigratable},
     {"pinned", MigrationMode::Pinned}}};
constexpr std::array<std::pair<std::string_view, OnHostError>, 3> policies = {
    {{"migrate", OnHostError::Migrate},
     {"do_not_migrate", OnHostError::DoNotMigrate},
     {"migrate_highly_available", OnHostError::MigrateHighlyAvailable}}};

std::string text_at(const pugi::xml_node& node, const char* path) {
  return node.first_element_by_path(path).text().as_string();
}

using MaybeFault = std::optional<Fault>;

MaybeFault placement_edit(const ClusterState& state, const VmState& vm, const pugi::xml_node& asked,
                          SetVmPlacement& edit) {
  const pugi::xml_node policy = asked.child("placement_policy");
  if (const std::string text = text_at(policy, "affinity"); !text.empty()) {
    const auto mode = value_of(migration_modes, text);
    if (!mode) return no_member(text, "VmAffinity");
    if (*mode != vm.migration_mode) edit.affinity = *mode;
  }
  if (!policy.child("hosts")) return std::nullopt;
  std::vector<NodeId> hosts;
  for (const pugi::xml_node& each : policy.child("hosts").children("host")) {
    const auto host = referred(state.hosts, "host", each);
    if (const auto* fault = std::get_if<Fault>(&host)) return *fault;
    hosts.push_back(*std::get<std::optional<NodeId>>(host));
  }
  if (hosts != vm.preferred_hosts) edit.hosts = std::move(hosts);
  return std::nullopt;
}

bool truth_at(const pugi::xml_node& node, const char* path, bool absent) {
  const std::string text = text_at(node, path);
  return text.empty() ? absent : text == "true";
}

// A policy is replaced as a whole (FencingPolicyMapper).
FencingPolicy fencing_of(const pugi::xml_node& node) {
  FencingPolicy policy;
  policy.enabled = truth_at(node, "enabled", policy.enabled);
  policy.skip_if_sd_active = truth_at(node, "skip_if_sd_active/enabled", false);
  policy.skip_if_connectivity_broken = truth_at(node, "skip_if_connectivity_broken/enabled", false);
  policy.connectivity_threshold =
      node.first_element_by_path("skip_if_connectivity_broken/threshold")
          .text()
          .as_int(policy.connectivity_threshold);
  return policy;
}

bool same(const FencingPolicy& a, const FencingPolicy& b) {
  return a.enabled == b.enabled && a.skip_if_sd_active == b.skip_if_sd_active &&
         a.skip_if_connectivity_broken == b.skip_if_connectivity_broken &&
         a.connectivity_threshold == b.connectivity_threshold;
}

}  // namespace

CommandsOrFault vm_edits(const ClusterState& state, const VmState& vm,
                         const pugi::xml_node& asked) {
  SetVmPlacement placement{.vm = vm.name, .affinity = std::nullopt, .hosts = std::nullopt};
  if (const MaybeFault fault = placement_edit(state, vm, asked, placement)) return *fault;
  if (!placement.affinity && !placement.hosts) return Commands{};
  return Commands{placement};
}

CommandsOrFault cluster_edits(const ClusterState& state, const pugi::xml_node& asked) {
  UpdateCluster edit{.on_error = std::nullopt, .fencing = std::nullopt};
  if (const std::string text = text_at(asked, "error_handling/on_error"); !text.empty()) {
    const auto policy = value_of(policies, text);
    if (!policy) return no_member(text, "MigrateOnError");
    if (*policy != state.policy.on_error) edit.on_error = *policy;
  }
  if (const pugi::xml_node node = asked.child("fencing_policy")) {
    const FencingPolicy fencing = fencing_of(node);
    if (!same(fencing, state.policy.fencing)) edit.fencing = fencing;
  }
  if (!edit.on_error && !edit.fencing) return Commands{};
  return Commands{edit};
}

}  // namespace splitsite::reference
