// PUT of VMs and clusters: only what differs from what is becomes a command (facts 7.4, 7.6).
#include "topologies/reference/manager/api/edits.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
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

constexpr std::array<std::pair<std::string_view, ResumeBehaviour>, 3> behaviours = {
    {{"auto_resume", ResumeBehaviour::AutoResume},
     {"leave_paused", ResumeBehaviour::LeavePaused},
     {"kill", ResumeBehaviour::Kill}}};
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

// A lease without a storage domain in it is its removal (VmMapper).
MaybeFault lease_edit(const ClusterState& state, const VmState& vm, const pugi::xml_node& asked,
                      EditVm& edit) {
  const pugi::xml_node lease = asked.child("lease");
  if (!lease) return std::nullopt;
  const std::string domain = lease.child("storage_domain").attribute("id").as_string();
  if (!domain.empty() && domain != storage_domain_id(state)) {
    return bad_request("[Cannot edit VM. The lease's Storage Domain does not exist.]");
  }
  if (vm.lease != !domain.empty()) edit.lease = !domain.empty();
  return std::nullopt;
}

MaybeFault availability_edit(const VmState& vm, const pugi::xml_node& asked, EditVm& edit) {
  const std::string enabled = text_at(asked, "high_availability/enabled");
  if (!enabled.empty() && (enabled == "true") != vm.highly_available) {
    edit.highly_available = enabled == "true";
  }
  const std::string text = text_at(asked, "high_availability/priority");
  if (text.empty()) return std::nullopt;
  int priority = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), priority);
  if (error != std::errc() || end != text.data() + text.size())
    return Fault{400, "Invalid value", text + " is not a number"};
  if (priority != vm.priority) edit.priority = priority;
  return std::nullopt;
}

MaybeFault behaviour_edit(const VmState& vm, const pugi::xml_node& asked, const pugi::xml_node& is,
                          EditVm& edit) {
  const std::string text = text_at(asked, "storage_error_resume_behaviour");
  if (text.empty() || text == text_at(is, "storage_error_resume_behaviour")) return std::nullopt;
  const auto value = value_of(behaviours, text);
  if (!value) return no_member(text, "VmStorageErrorResumeBehaviour");
  if (*value != vm.resume_behaviour) edit.resume_behaviour = *value;
  return std::nullopt;
}

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

CommandsOrFault vm_edits(const ClusterState& state, const VmState& vm, const pugi::xml_node& asked,
                         const pugi::xml_node& is) {
  EditVm edit{.vm = vm.name};
  SetVmPlacement placement{.vm = vm.name, .affinity = std::nullopt, .hosts = std::nullopt};
  MaybeFault fault = lease_edit(state, vm, asked, edit);
  if (!fault) fault = availability_edit(vm, asked, edit);
  if (!fault) fault = behaviour_edit(vm, asked, is, edit);
  if (!fault) fault = placement_edit(state, vm, asked, placement);
  if (fault) return *fault;
  Commands commands;
  if (edit.lease || edit.highly_available || edit.priority || edit.resume_behaviour) {
    commands.emplace_back(edit);
  }
  if (placement.affinity || placement.hosts) commands.emplace_back(placement);
  return commands;
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
