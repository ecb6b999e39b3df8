// Hosts and VMs.
#include "topologies/reference/manager/api/representation.hpp"

#include <algorithm>

#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/object_id.hpp"
#include "topologies/reference/manager/core/affinity.hpp"

namespace splitsite::reference {
namespace {

int migrating_on(const ClusterState& state, const NodeId& host) {
  return static_cast<int>(std::count_if(
      state.migrations.begin(), state.migrations.end(),
      [&](const Migration& each) { return each.source == host || each.destination == host; }));
}

// Fact 7.3; a standard host of a self-hosted engine has no such element.
void show_hosted_engine(pugi::xml_node node, const HostedEngineInfo& info) {
  pugi::xml_node engine = node.append_child("hosted_engine");
  put_truth(engine, "active", info.active);
  put_truth(engine, "configured", true);
  put_truth(engine, "global_maintenance", info.global_maintenance);
  put_truth(engine, "local_maintenance", info.local_maintenance);
  put_number(engine, "score", info.score);
}

// HostMapper.
const std::string& why_not_up(const HostState& host) {
  const bool in_maintenance =
      host.status == HostStatus::PreparingForMaintenance || host.status == HostStatus::Maintenance;
  return in_maintenance ? host.maintenance_reason : host.status_detail;
}

void show_host(pugi::xml_node list, const Shown& shown, const HostState& host) {
  const std::string id = object_id("host", host.name.str());
  const std::string href = href_of("hosts", id);
  pugi::xml_node node = put_object(list, "host", href, id);
  put_actions(node, href, {"activate", "deactivate", "fence", "forceselectspm", "refresh"});
  put_text(node, "name", host.name.str());
  put_text(node, "comment", "site " + host.site.str());
  put_text(node, "address", host.address);
  put_text(node, "external_status", "ok");
  if (shown.all_content && host.hosted_engine) show_hosted_engine(node, *host.hosted_engine);
  put_number(node, "memory", host.memory_total_mib << 20);
  put_truth(node.append_child("power_management"), "enabled", host.power_management);
  pugi::xml_node spm = node.append_child("spm");
  put_number(spm, "priority", host.spm_priority);
  put_text(spm, "status", to_string(shown.state.spm_status(host.name)));
  put_text(node, "status", to_string(host.status));
  if (const std::string& why = why_not_up(host); !why.empty()) put_text(node, "status_detail", why);
  pugi::xml_node summary = node.append_child("summary");
  put_number(summary, "active", shown.state.vms_on(host.name));
  put_number(summary, "migrating", migrating_on(shown.state, host.name));
  put_number(summary, "total", shown.state.vms_on(host.name));
  put_text(node, "type", "rhel");
  put_reference(node, "cluster", "clusters", cluster_id(shown.state));
}

// Fact 2.5: HA with a lease is always killed.
const char* behaviour_of(const VmState& vm) {
  if (vm.highly_available && vm.lease) return "kill";
  switch (vm.resume_behaviour) {
    case ResumeBehaviour::AutoResume:
      return "auto_resume";
    case ResumeBehaviour::LeavePaused:
      return "leave_paused";
    case ResumeBehaviour::Kill:
      return "kill";
  }
  return "auto_resume";
}

void show_placement(pugi::xml_node node, const VmState& vm) {
  pugi::xml_node policy = node.append_child("placement_policy");
  put_text(policy, "affinity", to_string(vm.migration_mode));
  if (vm.preferred_hosts.empty()) return;
  pugi::xml_node hosts = policy.append_child("hosts");
  for (const NodeId& host : vm.preferred_hosts) {
    put_reference(hosts, "host", "hosts", object_id("host", host.str()));
  }
}

// What oVirt shows of a VM only while it is not down (VmMapper).
void show_run(pugi::xml_node node, const Shown& shown, const VmState& vm) {
  if (vm.status == VmStatus::Down) return;
  if (vm.started) put_text(node, "start_time", format_time(shown.time.wall_at(*vm.started)));
  if (vm.run_on) put_reference(node, "host", "hosts", object_id("host", vm.run_on->str()));
}

void show_vm(pugi::xml_node list, const Shown& shown, const VmState& vm) {
  const std::string id = object_id("vm", vm.name.str());
  const std::string href = href_of("vms", id);
  pugi::xml_node node = put_object(list, "vm", href, id);
  put_actions(node, href, {"cancelmigration", "migrate", "reboot", "shutdown", "start", "stop"});
  put_text(node, "name", vm.name.str());
  pugi::xml_node availability = node.append_child("high_availability");
  put_truth(availability, "enabled", vm.highly_available);
  put_number(availability, "priority", vm.priority);
  if (vm.lease) {
    put_reference(node.append_child("lease"), "storage_domain", "storagedomains",
                  storage_domain_id(shown.state));
  }
  put_number(node, "memory", static_cast<long long>(vm.memory_mib) << 20);
  put_text(node, "origin", is_engine_vm(vm) ? "managed_hosted_engine" : "ovirt");
  show_placement(node, vm);
  put_text(node, "status", to_string(vm.status));
  if (!vm.status_detail.empty()) put_text(node, "status_detail", vm.status_detail);
  if (!vm.stop_reason.empty()) put_text(node, "stop_reason", vm.stop_reason);
  if (vm.stopped) put_text(node, "stop_time", format_time(shown.time.wall_at(*vm.stopped)));
  put_text(node, "storage_error_resume_behaviour", behaviour_of(vm));
  put_reference(node, "cluster", "clusters", cluster_id(shown.state));
  show_run(node, shown, vm);
}

}  // namespace

pugi::xml_node show_hosts(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("hosts");
  for (const auto& [name, host] : shown.state.hosts) show_host(list, shown, host);
  return list;
}

pugi::xml_node show_vms(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("vms");
  for (const auto& [name, vm] : shown.state.vms) show_vm(list, shown, vm);
  return list;
}

}  // namespace splitsite::reference
