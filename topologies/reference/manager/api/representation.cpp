#include "topologies/reference/manager/api/representation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/object_id.hpp"

namespace splitsite::reference {
namespace {

using Node = pugi::xml_node;

void text(Node node, const char* name, std::string_view value) {
  node.append_child(name).text() = std::string(value).c_str();
}
void number(Node node, const char* name, long long value) {
  node.append_child(name).text() = value;
}
void truth(Node node, const char* name, bool value) {
  node.append_child(name).text() = value ? "true" : "false";
}

std::string path(std::string_view collection, std::string_view id) {
  return fmt::format("{}/{}/{}", api_root, collection, id);
}

// oVirt prints href before id.
Node object(Node parent, const char* element, const std::string& href, const std::string& id) {
  Node node = parent.append_child(element);
  node.append_attribute("href") = href.c_str();
  node.append_attribute("id") = id.c_str();
  return node;
}

Node reference(Node parent, const char* element, std::string_view collection,
               const std::string& id) {
  return object(parent, element, path(collection, id), id);
}

void link(Node node, const std::string& href, const std::string& rel) {
  Node child = node.append_child("link");
  child.append_attribute("href") = (href + "/" + rel).c_str();
  child.append_attribute("rel") = rel.c_str();
}

void actions(Node node, const std::string& href, std::initializer_list<const char*> names) {
  Node list = node.append_child("actions");
  for (const char* name : names) link(list, href, name);
}

int migrating_on(const ClusterState& state, const NodeId& host) {
  return static_cast<int>(std::count_if(
      state.migrations.begin(), state.migrations.end(),
      [&](const Migration& each) { return each.source == host || each.destination == host; }));
}

void show_host(Node list, const ClusterState& state, const HostState& host) {
  const std::string id = object_id("host", host.name.str());
  const std::string href = path("hosts", id);
  Node node = object(list, "host", href, id);
  actions(node, href, {"activate", "deactivate", "fence", "forceselectspm"});
  text(node, "name", host.name.str());
  text(node, "comment", "site " + host.site.str());
  text(node, "address", host.address);
  text(node, "external_status", "ok");
  number(node, "memory", host.memory_total_mib << 20);
  truth(node.append_child("power_management"), "enabled", false);
  Node spm = node.append_child("spm");
  number(spm, "priority", host.spm_priority);
  text(spm, "status", to_string(state.spm_status(host.name)));
  text(node, "status", to_string(host.status));
  if (!host.status_detail.empty()) text(node, "status_detail", host.status_detail);
  Node summary = node.append_child("summary");
  number(summary, "active", state.vms_on(host.name));
  number(summary, "migrating", migrating_on(state, host.name));
  number(summary, "total", state.vms_on(host.name));
  text(node, "type", "rhel");
  reference(node, "cluster", "clusters", cluster_id(state));
}

void show_vm(Node list, const Shown& shown, const VmState& vm) {
  const std::string id = object_id("vm", vm.name.str());
  const std::string href = path("vms", id);
  Node node = object(list, "vm", href, id);
  actions(node, href, {"migrate", "shutdown", "start", "stop"});
  text(node, "name", vm.name.str());
  Node availability = node.append_child("high_availability");
  truth(availability, "enabled", vm.highly_available);
  number(availability, "priority", vm.priority);
  if (vm.lease) {
    reference(node.append_child("lease"), "storage_domain", "storagedomains",
              storage_domain_id(shown.state));
  }
  number(node, "memory", static_cast<long long>(vm.memory_mib) << 20);
  text(node.append_child("placement_policy"), "affinity", "migratable");
  // HA with a lease forces KILL, otherwise AUTO_RESUME is the default (fact 2.5).
  text(node, "storage_error_resume_behaviour",
       vm.highly_available && vm.lease ? "kill" : "auto_resume");
  reference(node, "cluster", "clusters", cluster_id(shown.state));
  if (vm.started) text(node, "start_time", format_time(shown.time.wall_at(*vm.started)));
  text(node, "status", to_string(vm.status));
  if (!vm.status_detail.empty()) text(node, "status_detail", vm.status_detail);
  text(node, "stop_reason", vm.stop_reason);
  if (vm.stopped) text(node, "stop_time", format_time(shown.time.wall_at(*vm.stopped)));
  if (vm.run_on) reference(node, "host", "hosts", object_id("host", vm.run_on->str()));
}

void show_rule(Node node, const char* name, const AffinityRule& shown) {
  Node rule = node.append_child(name);
  truth(rule, "enabled", shown.enabled);
  truth(rule, "enforcing", shown.enforcing);
  truth(rule, "positive", shown.positive);
}

void show_event(Node list, const Shown& shown, const AuditEvent& event) {
  const std::string id = std::to_string(event.index);
  Node node = object(list, "event", path("events", id), id);
  text(node, "description", event.description);
  number(node, "code", event.code);
  number(node, "custom_id", -1);
  number(node, "flood_rate", 30);
  number(node, "index", event.index);
  text(node, "origin", "oVirt");
  text(node, "severity", to_string(event.severity));
  text(node, "time", format_time(shown.time.wall_at(event.at)));
  reference(node, "cluster", "clusters", cluster_id(shown.state));
  reference(node, "data_center", "datacenters", data_center_id(shown.state));
  if (event.host) {
    Node host = reference(node, "host", "hosts", object_id("host", event.host->str()));
    text(host, "name", event.host->str());
  }
  if (event.vm) {
    Node vm = reference(node, "vm", "vms", object_id("vm", event.vm->str()));
    text(vm, "name", event.vm->str());
  }
}

void show_total(Node summary, const char* name, long long total, long long active) {
  Node node = summary.append_child(name);
  number(node, "active", active);
  number(node, "total", total);
}

}  // namespace

std::string cluster_id(const ClusterState& state) { return object_id("cluster", state.cluster); }
std::string data_center_id(const ClusterState& state) {
  return object_id("data_center", state.data_center);
}
std::string storage_domain_id(const ClusterState& state) {
  return object_id("storage_domain", state.storage_domain);
}

pugi::xml_node show_api(pugi::xml_node parent, const Shown& shown) {
  const ClusterState& state = shown.state;
  Node api = parent.append_child("api");
  for (const char* rel :
       {"clusters", "datacenters", "events", "hosts", "jobs", "storagedomains", "vms"}) {
    link(api, api_root, rel);
  }
  Node product = api.append_child("product_info");
  text(product, "name", "oVirt Engine");
  text(product, "vendor", "splitsite reference Manager");
  Node version = product.append_child("version");
  number(version, "build", 0);
  text(version, "full_version", "4.5.0-splitsite");
  number(version, "major", 4);
  number(version, "minor", 5);
  number(version, "revision", 0);
  const auto up = std::count_if(state.hosts.begin(), state.hosts.end(), [](const auto& each) {
    return each.second.status == HostStatus::Up;
  });
  const auto running = std::count_if(state.vms.begin(), state.vms.end(), [](const auto& each) {
    return each.second.status == VmStatus::Up;
  });
  Node summary = api.append_child("summary");
  show_total(summary, "hosts", static_cast<long long>(state.hosts.size()), up);
  show_total(summary, "storage_domains", 1,
             state.pool.master_domain == StorageDomainStatus::Active ? 1 : 0);
  show_total(summary, "vms", static_cast<long long>(state.vms.size()), running);
  text(api, "time", format_time(shown.time.wall));
  return api;
}

pugi::xml_node show_hosts(pugi::xml_node parent, const Shown& shown) {
  Node list = parent.append_child("hosts");
  for (const auto& [name, host] : shown.state.hosts) show_host(list, shown.state, host);
  return list;
}

pugi::xml_node show_vms(pugi::xml_node parent, const Shown& shown) {
  Node list = parent.append_child("vms");
  for (const auto& [name, vm] : shown.state.vms) show_vm(list, shown, vm);
  return list;
}

// One cluster with oVirt's defaults for fencing and error handling (facts 3.2, 3.3).
pugi::xml_node show_clusters(pugi::xml_node parent, const Shown& shown) {
  Node list = parent.append_child("clusters");
  const std::string id = cluster_id(shown.state);
  const std::string href = path("clusters", id);
  Node node = object(list, "cluster", href, id);
  text(node, "name", shown.state.cluster);
  link(node, href, "affinitygroups");
  text(node.append_child("error_handling"), "on_error", "migrate");
  Node fencing = node.append_child("fencing_policy");
  truth(fencing, "enabled", true);
  Node broken = fencing.append_child("skip_if_connectivity_broken");
  truth(broken, "enabled", false);
  number(broken, "threshold", 50);
  truth(fencing.append_child("skip_if_sd_active"), "enabled", false);
  Node version = node.append_child("version");
  number(version, "major", 4);
  number(version, "minor", 7);
  truth(node, "virt_service", true);
  reference(node, "data_center", "datacenters", data_center_id(shown.state));
  return list;
}

pugi::xml_node show_data_centers(pugi::xml_node parent, const Shown& shown) {
  Node list = parent.append_child("data_centers");
  const std::string id = data_center_id(shown.state);
  const std::string href = path("datacenters", id);
  Node node = object(list, "data_center", href, id);
  text(node, "name", shown.state.data_center);
  link(node, href, "clusters");
  link(node, href, "storagedomains");
  truth(node, "local", false);
  text(node, "status", to_string(shown.state.pool.status));
  text(node, "storage_format", "v5");
  return list;
}

pugi::xml_node show_storage_domains(pugi::xml_node parent, const Shown& shown, bool attached) {
  Node list = parent.append_child("storage_domains");
  const std::string id = storage_domain_id(shown.state);
  const std::string home = data_center_id(shown.state);
  const std::string above = attached ? "datacenters/" + home + "/storagedomains" : "storagedomains";
  Node node = object(list, "storage_domain", path(above, id), id);
  text(node, "name", shown.state.storage_domain);
  truth(node, "master", true);
  if (attached) text(node, "status", to_string(shown.state.pool.master_domain));
  text(node.append_child("storage"), "type", "iscsi");
  text(node, "storage_format", "v5");
  text(node, "type", "data");
  reference(node.append_child("data_centers"), "data_center", "datacenters", home);
  return list;
}

pugi::xml_node show_affinity_groups(pugi::xml_node parent, const Shown& shown) {
  Node list = parent.append_child("affinity_groups");
  const std::string cluster = cluster_id(shown.state);
  for (const AffinityGroup& group : shown.state.affinity_groups) {
    const std::string id = object_id("affinity_group", group.name);
    const std::string href = path("clusters", cluster) + "/affinitygroups/" + id;
    Node node = object(list, "affinity_group", href, id);
    text(node, "name", group.name);
    link(node, href, "hosts");
    link(node, href, "vms");
    truth(node, "broken", group.broken);
    // Deprecated and about the rule between VMs, which these groups do not have.
    truth(node, "enforcing", false);
    show_rule(node, "hosts_rule", group.hosts_rule);
    text(node, "priority", "1.0");
    show_rule(node, "vms_rule", group.vms_rule);
    reference(node, "cluster", "clusters", cluster);
    show_members(node, group, true);
    show_members(node, group, false);
  }
  return list;
}

pugi::xml_node show_members(pugi::xml_node parent, const AffinityGroup& group, bool hosts) {
  Node list = parent.append_child(hosts ? "hosts" : "vms");
  if (hosts) {
    for (const NodeId& host : group.hosts) {
      reference(list, "host", "hosts", object_id("host", host.str()));
    }
    return list;
  }
  for (const VmId& vm : group.vms) reference(list, "vm", "vms", object_id("vm", vm.str()));
  return list;
}

pugi::xml_node show_events(pugi::xml_node parent, const Shown& shown) {
  Node list = parent.append_child("events");
  const auto& events = shown.state.events;
  for (auto it = events.rbegin(); it != events.rend(); ++it) show_event(list, shown, *it);
  return list;
}

}  // namespace splitsite::reference
