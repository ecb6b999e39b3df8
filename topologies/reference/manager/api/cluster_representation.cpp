// The cluster, its affinity groups, its data center and storage.
#include <fmt/format.h>

#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/object_id.hpp"
#include "topologies/reference/manager/api/representation.hpp"

namespace splitsite::reference {
namespace {

// The policy "none" of every engine's Default cluster (InternalClusterPolicies): nothing here
// balances load.
constexpr const char* no_balancing = "b4ed2332-a7ac-4d5f-9596-99a439cb2812";

const char* name_of(OnHostError policy) {
  switch (policy) {
    case OnHostError::Migrate:
      return "migrate";
    case OnHostError::DoNotMigrate:
      return "do_not_migrate";
    case OnHostError::MigrateHighlyAvailable:
      return "migrate_highly_available";
  }
  return "migrate";
}

void show_fencing(pugi::xml_node node, const FencingPolicy& policy) {
  pugi::xml_node fencing = node.append_child("fencing_policy");
  put_truth(fencing, "enabled", policy.enabled);
  pugi::xml_node broken = fencing.append_child("skip_if_connectivity_broken");
  put_truth(broken, "enabled", policy.skip_if_connectivity_broken);
  put_number(broken, "threshold", policy.connectivity_threshold);
  put_truth(fencing, "skip_if_gluster_bricks_up", false);
  put_truth(fencing, "skip_if_gluster_quorum_not_met", false);
  put_truth(fencing.append_child("skip_if_sd_active"), "enabled", policy.skip_if_sd_active);
}

void show_rule(pugi::xml_node node, const char* name, const AffinityRule& shown) {
  pugi::xml_node rule = node.append_child(name);
  put_truth(rule, "enabled", shown.enabled);
  put_truth(rule, "enforcing", shown.enforcing);
  put_truth(rule, "positive", shown.positive);
}

void show_group(pugi::xml_node list, const AffinityGroup& group, const std::string& cluster) {
  const std::string id = group_id(group);
  const std::string href = href_of("clusters", cluster) + "/affinitygroups/" + id;
  pugi::xml_node node = put_object(list, "affinity_group", href, id);
  put_text(node, "name", group.name);
  if (!group.description.empty()) put_text(node, "description", group.description);
  for (const char* members : {"hostlabels", "hosts", "vmlabels", "vms"}) {
    put_link(node, href, members);
  }
  put_truth(node, "broken", group.broken);
  // The deprecated pair means the rule between VMs (AffinityGroupMapper).
  put_truth(node, "enforcing", group.vms_rule.enforcing);
  node.append_child("host_labels");
  show_members(node, group, true, false);
  show_rule(node, "hosts_rule", group.hosts_rule);
  if (group.vms_rule.enabled) put_truth(node, "positive", group.vms_rule.positive);
  put_text(node, "priority", fmt::format("{}", group.priority));
  node.append_child("vm_labels");
  show_members(node, group, false, false);
  show_rule(node, "vms_rule", group.vms_rule);
  put_reference(node, "cluster", "clusters", cluster);
}

template <class Name>
void show_names(pugi::xml_node list, const std::vector<Name>& members, const char* element,
                const char* collection, bool named) {
  for (const Name& each : members) {
    pugi::xml_node node = put_reference(list, element, collection, object_id(element, each.str()));
    if (named) put_text(node, "name", each.str());
  }
}

void show_version(pugi::xml_node node, int major, int minor) {
  pugi::xml_node version = node.append_child("version");
  put_number(version, "major", major);
  put_number(version, "minor", minor);
}

}  // namespace

std::string cluster_id(const ClusterState& state) { return object_id("cluster", state.cluster); }
std::string scheduling_policy_id() { return no_balancing; }
std::string data_center_id(const ClusterState& state) {
  return object_id("data_center", state.data_center);
}
std::string storage_domain_id(const ClusterState& state) {
  return object_id("storage_domain", state.storage_domain);
}
std::string group_id(const AffinityGroup& group) { return object_id("affinity_group", group.id); }

pugi::xml_node show_clusters(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("clusters");
  const std::string id = cluster_id(shown.state);
  const std::string href = href_of("clusters", id);
  pugi::xml_node node = put_object(list, "cluster", href, id);
  put_text(node, "name", shown.state.cluster);
  put_link(node, href, "affinitygroups");
  put_text(node.append_child("error_handling"), "on_error", name_of(shown.state.policy.on_error));
  show_fencing(node, shown.state.policy.fencing);
  put_truth(node, "gluster_service", false);
  show_version(node, 4, 7);
  put_truth(node, "virt_service", true);
  put_reference(node, "data_center", "datacenters", data_center_id(shown.state));
  put_reference(node, "scheduling_policy", "schedulingpolicies", no_balancing);
  return list;
}

// An engine has more of them; here a cluster can have no other.
pugi::xml_node show_scheduling_policies(pugi::xml_node parent) {
  pugi::xml_node list = parent.append_child("scheduling_policies");
  pugi::xml_node node =
      put_reference(list, "scheduling_policy", "schedulingpolicies", no_balancing);
  put_text(node, "name", "none");
  put_link(node, href_of("schedulingpolicies", no_balancing), "clusters");
  put_truth(node, "default_policy", true);
  put_truth(node, "locked", true);
  return list;
}

pugi::xml_node show_data_centers(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("data_centers");
  const std::string id = data_center_id(shown.state);
  const std::string href = href_of("datacenters", id);
  pugi::xml_node node = put_object(list, "data_center", href, id);
  put_actions(node, href, {"cleanfinishedtasks", "setmaster"});
  put_text(node, "name", shown.state.data_center);
  put_link(node, href, "clusters");
  put_link(node, href, "storagedomains");
  put_truth(node, "local", false);
  put_text(node, "quota_mode", "disabled");
  put_text(node, "status", to_string(shown.state.pool.status));
  put_text(node, "storage_format", "v5");
  show_version(node, 4, 7);
  return list;
}

pugi::xml_node show_storage_domains(pugi::xml_node parent, const Shown& shown, bool attached) {
  pugi::xml_node list = parent.append_child("storage_domains");
  const std::string id = storage_domain_id(shown.state);
  const std::string home = data_center_id(shown.state);
  const std::string above = attached ? "datacenters/" + home + "/storagedomains" : "storagedomains";
  pugi::xml_node node = put_object(list, "storage_domain", href_of(above, id), id);
  put_text(node, "name", shown.state.storage_domain);
  put_text(node, "external_status", "ok");
  put_truth(node, "master", true);
  if (attached) put_text(node, "status", to_string(shown.state.pool.master_domain));
  put_text(node.append_child("storage"), "type", "iscsi");
  put_text(node, "storage_format", "v5");
  put_text(node, "type", "data");
  if (attached) put_reference(node, "data_center", "datacenters", home);
  put_reference(node.append_child("data_centers"), "data_center", "datacenters", home);
  return list;
}

pugi::xml_node show_affinity_groups(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("affinity_groups");
  const std::string cluster = cluster_id(shown.state);
  for (const AffinityGroup& group : shown.state.affinity_groups) show_group(list, group, cluster);
  return list;
}

pugi::xml_node show_members(pugi::xml_node parent, const AffinityGroup& group, bool hosts,
                            bool named) {
  pugi::xml_node list = parent.append_child(hosts ? "hosts" : "vms");
  if (hosts) {
    show_names(list, group.hosts, "host", "hosts", named);
  } else {
    show_names(list, group.vms, "vm", "vms", named);
  }
  return list;
}

}  // namespace splitsite::reference
