#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "topologies/reference/manager/core/affinity.hpp"
#include "topologies/reference/manager/core/affinity_conflicts.hpp"
#include "topologies/reference/manager/core/edits.hpp"
#include "topologies/reference/manager/core/refusals.hpp"

namespace splitsite::reference {
namespace {

using Refusal = std::optional<CommandReply>;

AffinityGroup* find_group(ClusterState& state, const std::string& id) {
  for (AffinityGroup& group : state.affinity_groups) {
    if (group.id == id) return &group;
  }
  return nullptr;
}

bool name_is_taken(const ClusterState& state, const std::string& name) {
  return std::any_of(state.affinity_groups.begin(), state.affinity_groups.end(),
                     [&](const AffinityGroup& group) { return group.name == name; });
}

CommandReply cannot(const char* action, const std::string& why) {
  return bad_request(fmt::format("Cannot {} Affinity Group. {}", action, why));
}

void apply(const AffinityRuleEdit& edit, AffinityRule& rule) {
  if (edit.enabled == false) {
    rule.enabled = rule.positive = false;
  } else if (edit.positive) {
    rule.enabled = true;
    rule.positive = *edit.positive;
  }
  if (edit.enforcing) rule.enforcing = *edit.enforcing;
}

void apply(const AffinityGroupEdit& edit, AffinityGroup& group) {
  if (edit.name) group.name = *edit.name;
  if (edit.description) group.description = *edit.description;
  apply(edit.hosts_rule, group.hosts_rule);
  apply(edit.vms_rule, group.vms_rule);
  if (edit.priority) group.priority = *edit.priority;
  if (edit.vms) group.vms = *edit.vms;
  if (edit.hosts) group.hosts = *edit.hosts;
}

template <class Name, class Known>
Refusal check_members(const char* action, const char* entity, const std::vector<Name>& names,
                      const Known& known) {
  std::set<Name> seen;
  for (const Name& name : names) {
    if (known.count(name) == 0) {
      return cannot(action, fmt::format("Provided {} is invalid (does not exist).", entity));
    }
    if (!seen.insert(name).second) return cannot(action, fmt::format("Duplicate {}.", entity));
  }
  return std::nullopt;
}

// The cluster's groups as they would be; what is only warned of is audited when nothing is refused.
Refusal check_conflicts(Change& change, std::vector<AffinityGroup> groups) {
  const std::vector<AffinityConflict> conflicts = affinity_conflicts(groups);
  for (const AffinityConflict& conflict : conflicts) {
    if (conflict.refused) return refused(conflict.text);
  }
  for (const AffinityConflict& conflict : conflicts) {
    change.audit(conflict.code, Severity::Warning, conflict.text);
  }
  return std::nullopt;
}

// Everything oVirt looks at before it stores a group; `group` takes the place of the one with its
// id.
Refusal check_group(Change& change, const char* action, const AffinityGroup& group) {
  const ClusterState& state = change.state;
  if (auto wrong = check_members(action, "VM", group.vms, state.vms)) return wrong;
  if (auto wrong = check_members(action, "Host", group.hosts, state.hosts)) return wrong;
  std::vector<AffinityGroup> groups = state.affinity_groups;
  std::erase_if(groups, [&](const AffinityGroup& other) { return other.id == group.id; });
  groups.push_back(group);
  return check_conflicts(change, std::move(groups));
}

void audit_edit(Change& change, int code, const std::string& name, const char* what) {
  change.audit(code, Severity::Normal,
               fmt::format("Affinity Group {} was {}. (User: admin@internal)", name, what));
}

// The API's ids come from it, so that a second group of a name that was renamed gets its own.
std::string new_id(const ClusterState& state, const std::string& name) {
  std::string id = name;
  const auto is_taken = [&](const AffinityGroup& group) { return group.id == id; };
  for (int i = 2; std::any_of(state.affinity_groups.begin(), state.affinity_groups.end(), is_taken);
       ++i) {
    id = fmt::format("{}#{}", name, i);
  }
  return id;
}

// oVirt does not look for conflicts here: a member that makes the group contradict others is taken
// (AddVmToAffinityGroupCommand.validate).
template <class Name, class Known>
CommandReply add_to(Change& change, const std::string& id, std::vector<Name> AffinityGroup::*list,
                    const Name& name, const char* entity, const Known& known) {
  AffinityGroup* group = find_group(change.state, id);
  if (group == nullptr) return not_found("Affinity Group " + id);
  if (known.count(name) == 0) {
    return cannot("edit", fmt::format("The relevant {} doesn't exist.", entity));
  }
  std::vector<Name>& members = group->*list;
  if (std::find(members.begin(), members.end(), name) != members.end()) {
    return cannot("edit", fmt::format("Duplicate {}.", entity));
  }
  members.push_back(name);
  audit_edit(change, 10352, group->name, "updated");
  return accepted();
}

template <class Name>
CommandReply remove_from(Change& change, const std::string& id,
                         std::vector<Name> AffinityGroup::*list, const Name& name,
                         const char* entity) {
  AffinityGroup* group = find_group(change.state, id);
  if (group == nullptr) return not_found("Affinity Group " + id);
  if (std::erase(group->*list, name) == 0) {
    return cannot("edit", fmt::format("Provided {} is invalid (does not exist).", entity));
  }
  audit_edit(change, 10352, group->name, "updated");
  return accepted();
}

}  // namespace

CommandReply add_affinity_group(Change& change, const AddAffinityGroup& command) {
  const std::string name = command.group.name.value_or("");
  if (name.empty()) {
    return {400, "Incomplete parameters", "AffinityGroup [name] required for add"};
  }
  if (name_is_taken(change.state, name)) {
    return cannot("add", "Affinity Group name already exists.");
  }
  AffinityGroup group{.name = name,
                      .id = new_id(change.state, name),
                      .description = {},
                      .hosts_rule = {},
                      .vms_rule = {},
                      .vms = {},
                      .hosts = {}};
  apply(command.group, group);
  if (const auto refusal = check_group(change, "add", group)) return *refusal;
  change.state.affinity_groups.push_back(group);
  audit_edit(change, 10350, name, "added");
  return accepted();
}

CommandReply update_affinity_group(Change& change, const UpdateAffinityGroup& command) {
  AffinityGroup* group = find_group(change.state, command.group);
  if (group == nullptr) return not_found("Affinity Group " + command.group);
  AffinityGroup edited = *group;
  apply(command.edit, edited);
  if (edited.name.empty()) return bad_request("Affinity Group name must not be empty.");
  if (edited.name != group->name && name_is_taken(change.state, edited.name)) {
    return cannot("edit", "Affinity Group name already exists.");
  }
  if (const auto refusal = check_group(change, "edit", edited)) return *refusal;
  *group = edited;
  audit_edit(change, 10352, edited.name, "updated");
  return accepted();
}

CommandReply remove_affinity_group(Change& change, const RemoveAffinityGroup& command) {
  const AffinityGroup* group = find_group(change.state, command.group);
  if (group == nullptr) return not_found("Affinity Group " + command.group);
  audit_edit(change, 10354, group->name, "removed");
  std::erase_if(change.state.affinity_groups,
                [&](const AffinityGroup& other) { return other.id == command.group; });
  return accepted();
}

CommandReply add_member(Change& change, const AddVmToAffinityGroup& command) {
  return add_to(change, command.group, &AffinityGroup::vms, command.vm, "VM", change.state.vms);
}

CommandReply add_member(Change& change, const AddHostToAffinityGroup& command) {
  return add_to(change, command.group, &AffinityGroup::hosts, command.host, "Host",
                change.state.hosts);
}

CommandReply remove_member(Change& change, const RemoveVmFromAffinityGroup& command) {
  return remove_from(change, command.group, &AffinityGroup::vms, command.vm, "VM");
}

CommandReply remove_member(Change& change, const RemoveHostFromAffinityGroup& command) {
  return remove_from(change, command.group, &AffinityGroup::hosts, command.host, "VDS");
}

}  // namespace splitsite::reference
