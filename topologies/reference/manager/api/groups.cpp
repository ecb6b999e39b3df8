// POST, PUT and DELETE of affinity groups and of their members (fact 7.5; AffinityGroupMapper).
#include <fmt/format.h>

#include <optional>

#include "topologies/reference/manager/api/edits.hpp"
#include "topologies/reference/manager/api/lookup.hpp"

namespace splitsite::reference {
namespace {

std::optional<bool> truth_of(const pugi::xml_node& node) {
  if (!node) return std::nullopt;
  return node.text().as_bool();
}

AffinityRuleEdit rule_of(const pugi::xml_node& rule) {
  return {.enabled = truth_of(rule.child("enabled")),
          .enforcing = truth_of(rule.child("enforcing")),
          .positive = truth_of(rule.child("positive"))};
}

// Without a vms_rule the deprecated pair counts.
AffinityRuleEdit vms_rule_of(const pugi::xml_node& group) {
  return rule_of(group.child("vms_rule") ? group.child("vms_rule") : group);
}

Fault nobody(const char* what) {
  return bad_request(fmt::format("[Cannot edit Affinity Group. {} does not exist.]", what));
}

// The members a list names, or what kind of thing it names that does not exist.
template <class Name, class Value>
std::variant<std::optional<std::vector<Name>>, Fault> members_of(
    const std::map<Name, Value>& objects, const char* kind, const char* what,
    const pugi::xml_node& list) {
  if (!list) return std::optional<std::vector<Name>>();
  std::vector<Name> members;
  for (const pugi::xml_node& each : list.children(kind)) {
    const auto found = named_by(objects, kind, each.attribute("id").as_string());
    if (!found) return nobody(what);
    members.push_back(*found);
  }
  return std::optional(std::move(members));
}

std::variant<AffinityGroupEdit, Fault> edit_of(const ClusterState& state,
                                               const pugi::xml_node& group) {
  AffinityGroupEdit edit{.name = std::nullopt,
                         .hosts_rule = rule_of(group.child("hosts_rule")),
                         .vms_rule = vms_rule_of(group)};
  if (group.child("name")) edit.name = group.child("name").text().as_string();
  if (group.child("description")) edit.description = group.child("description").text().as_string();
  if (group.child("priority")) edit.priority = group.child("priority").text().as_double();
  auto vms = members_of(state.vms, "vm", "VM", group.child("vms"));
  if (auto* fault = std::get_if<Fault>(&vms)) return std::move(*fault);
  auto hosts = members_of(state.hosts, "host", "Host", group.child("hosts"));
  if (auto* fault = std::get_if<Fault>(&hosts)) return std::move(*fault);
  edit.vms = std::get<0>(std::move(vms));
  edit.hosts = std::get<0>(std::move(hosts));
  return edit;
}

const AffinityGroup* group_at(const ClusterState& state, const Path& path) {
  for (const AffinityGroup& each : state.affinity_groups) {
    if (group_id(each) == path[3]) return &each;
  }
  return nullptr;
}

// A host, other than a VM, may be told by its name (BackendAffinityGroupHostsResource.add).
std::optional<NodeId> host_of(const ClusterState& state, const pugi::xml_node& asked) {
  const auto host = referred(state.hosts, "host", asked);
  const auto* found = std::get_if<std::optional<NodeId>>(&host);
  return found == nullptr ? std::nullopt : *found;
}

CommandsOrFault new_member(const ClusterState& state, const AffinityGroup& group,
                           const std::string& collection, const pugi::xml_node& asked) {
  if (collection == "vms") {
    const auto vm = named_by(state.vms, "vm", asked.attribute("id").as_string());
    if (!vm) return nobody("VM");
    return Commands{AddVmToAffinityGroup{group.id, *vm}};
  }
  const auto host = host_of(state, asked);
  if (!host) return nobody("Host");
  return Commands{AddHostToAffinityGroup{group.id, *host}};
}

CommandsOrFault lost_member(const ClusterState& state, const AffinityGroup& group,
                            const std::string& collection, const std::string& id) {
  if (collection == "vms") {
    const auto vm = named_by(state.vms, "vm", id);
    if (!vm) return nobody("VM");
    return Commands{RemoveVmFromAffinityGroup{group.id, *vm}};
  }
  const auto host = named_by(state.hosts, "host", id);
  if (!host) return nobody("Host");
  return Commands{RemoveHostFromAffinityGroup{group.id, *host}};
}

}  // namespace

CommandsOrFault group_commands(const ClusterState& state, const Path& path,
                               const std::string& method, const pugi::xml_document& body) {
  if (path[1] != cluster_id(state)) return no_such_object();
  const pugi::xml_node asked = body.document_element();
  if (path.size() == 3) {
    auto edit = edit_of(state, asked);
    if (auto* fault = std::get_if<Fault>(&edit)) return std::move(*fault);
    return Commands{AddAffinityGroup{std::get<AffinityGroupEdit>(std::move(edit))}};
  }
  const AffinityGroup* group = group_at(state, path);
  if (group == nullptr) return no_such_object();
  if (path.size() == 5) return new_member(state, *group, path[4], asked);
  if (path.size() == 6) return lost_member(state, *group, path[4], path[5]);
  if (method == "DELETE") return Commands{RemoveAffinityGroup{group->id}};
  auto edit = edit_of(state, asked);
  if (auto* fault = std::get_if<Fault>(&edit)) return std::move(*fault);
  return Commands{UpdateAffinityGroup{group->id, std::get<AffinityGroupEdit>(std::move(edit))}};
}

}  // namespace splitsite::reference
