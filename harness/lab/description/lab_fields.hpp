// The keys of lab.json. Each struct names its fields once, for writing and for reading alike, so
// that what is written can always be read back. Internal to the codec.
#pragma once

#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/description/timing_fields.hpp"

namespace splitsite::description {

// A field that came later: in runs and labs recorded before it, it keeps its default.
struct MayBeMissing {};
inline constexpr MayBeMissing may_be_missing;

void fields(auto& io, Is<SiteConfig> auto& it) {
  io("name", it.name);
  io("role", it.role);
}
void fields(auto& io, Is<NicConfig> auto& it) {
  io("device", it.device);
  io("network", it.network);
  io("mac", it.mac);
  io("address", it.address);
}
void fields(auto& io, Is<NodeConfig> auto& it) {
  io("name", it.name);
  io("role", it.role);
  io("site", it.site);
  io("memory_mib", it.memory_mib);
  io("vcpus", it.vcpus);
  io("host_id", it.host_id);
  io("spm_priority", it.spm_priority);
  io("power_management", it.power_management);
  io("nics", it.nics);
}
void fields(auto& io, Is<Impairment> auto& it) {
  io("delay_us", it.delay);
  io("jitter_us", it.jitter);
  io("loss_percent", it.loss_percent);
}
void fields(auto& io, Is<LinkConfig> auto& it) {
  io("kind", it.kind);
  io("first", it.first);
  io("second", it.second);
  io("first_to_second", it.first_to_second);
  io("second_to_first", it.second_to_first);
}
void fields(auto& io, Is<LeaseConfig> auto& it) {
  io("name", it.name);
  io("offset", it.offset);
}
void fields(auto& io, Is<VolumeConfig> auto& it) {
  io("vm", it.vm);
  io("offset", it.offset);
  io("size", it.size);
}
void fields(auto& io, Is<StorageConfig> auto& it) {
  io("domain", it.domain);
  io("iqn_prefix", it.iqn_prefix);
  io("serial", it.serial);
  io("lun_size", it.lun_size);
  io("lockspace_offset", it.lockspace_offset);
  io("leases", it.leases);
  io("volumes", it.volumes);
}
void fields(auto& io, Is<VmConfig> auto& it) {
  io("name", it.name);
  io("home", it.home);
  io("highly_available", it.highly_available);
  io("lease", it.lease);
  io("priority", it.priority);
  io("memory_mib", it.memory_mib);
  io("write_interval_ms", it.write_interval, may_be_missing);
  io("migration", it.migration);
  io("storage_error_resume_behaviour", it.storage_error_resume_behaviour);
  io("mac", it.mac);
  io("address", it.address);
}
void fields(auto& io, Is<HostedEngineConfig> auto& it) {
  io("vm", it.vm);
  io("vcpus", it.vcpus);
  io("hosts", it.hosts);
  io("lease_offset", it.lease_offset);
  io("lockspace_offset", it.lockspace_offset);
  io("metadata_offset", it.metadata_offset);
  io("volume_offset", it.volume_offset);
  io("volume_size", it.volume_size);
  io("gateway", it.gateway);
}
void fields(auto& io, Is<AffinityGroupConfig> auto& it) {
  io("name", it.name);
  io("enforcing", it.enforcing);
  io("positive", it.positive);
  io("vms", it.vms);
  io("hosts", it.hosts);
  io("vms_rule", it.vms_rule);
  io("vms_enforcing", it.vms_enforcing);
  io("priority", it.priority);
}
void fields(auto& io, Is<FencingPolicyConfig> auto& it) {
  io("enabled", it.enabled);
  io("skip_if_sd_active", it.skip_if_sd_active);
  io("skip_if_connectivity_broken", it.skip_if_connectivity_broken);
  io("connectivity_threshold", it.connectivity_threshold);
}
void fields(auto& io, Is<PowerControllerConfig> auto& it) {
  io("site", it.site);
  io("address", it.address);
}
void fields(auto& io, Is<PowerConfig> auto& it) {
  io("controllers", it.controllers);
  io("port", it.port);
  io("username", it.username);
  io("password", it.password);
}
void fields(auto& io, Is<LabConfig> auto& it) {
  io("name", it.name);
  io("sites", it.sites);
  io("nodes", it.nodes);
  io("links", it.links);
  io("storage", it.storage);
  io("vms", it.vms);
  io("affinity_groups", it.affinity_groups);
  io("hosted_engine", it.hosted_engine);
  io("timing", it.timing);
  io("dead_spm", it.dead_spm);
  io("on_error", it.on_error);
  io("manager_starts_without_lease", it.manager_starts_without_lease);
  io("machine_address", it.machine_address);
  io("collector_address", it.collector_address);
  io("collector_port", it.collector_port);
  io("witness_address", it.witness_address);
  io("witness_port", it.witness_port);
  io("host_daemon_port", it.host_daemon_port);
  io("restart_service_port", it.restart_service_port);
  io("fencing_policy", it.fencing_policy);
  io("power", it.power);
  io("manager_address", it.manager_address);
  io("manager_port", it.manager_port);
}

}  // namespace splitsite::description
