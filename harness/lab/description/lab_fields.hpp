// The keys of lab.json. Each struct names its fields once, for writing and for reading alike, so
// that what is written can always be read back. Internal to the codec.
#pragma once

#include <concepts>
#include <type_traits>

#include "harness/lab/description/lab_config.hpp"

namespace splitsite::description {

// "A U, to be read into or to be written from."
template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

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
void fields(auto& io, Is<TimingConfig> auto& it) {
  io("profile", it.profile);
  io("sanlock_io_timeout_ms", it.sanlock_io_timeout);
  io("vds_refresh_rate_ms", it.vds_refresh_rate);
  io("vds_connection_timeout_ms", it.vds_connection_timeout);
  io("vds_heartbeat_ms", it.vds_heartbeat);
  io("vds_attempts_to_reset_count", it.vds_attempts_to_reset_count);
  io("timeout_to_reset_vds_ms", it.timeout_to_reset_vds);
  io("delay_reset_for_spm_ms", it.delay_reset_for_spm);
  io("delay_reset_per_vm_ms", it.delay_reset_per_vm);
  io("number_vds_refreshes_before_try_to_start_unknown_vms",
     it.number_vds_refreshes_before_try_to_start_unknown_vms);
  io("number_vds_refreshes_before_retry_to_start_unknown_vms",
     it.number_vds_refreshes_before_retry_to_start_unknown_vms);
  io("vds_timeout_ms", it.vds_timeout);
  io("vds_recovery_timeout_ms", it.vds_recovery_timeout);
  io("storage_pool_refresh_time_ms", it.storage_pool_refresh_time);
  io("spm_command_fail_over_retries", it.spm_command_fail_over_retries);
  io("spm_fail_over_attempts", it.spm_fail_over_attempts);
  io("wait_for_vds_init_ms", it.wait_for_vds_init);
  io("ha_restart_runner_interval_ms", it.ha_restart_runner_interval);
  io("ha_restart_short_retries", it.ha_restart_short_retries);
  io("ha_restart_short_interval_ms", it.ha_restart_short_interval);
  io("ha_restart_long_interval_ms", it.ha_restart_long_interval);
  io("max_time_auto_start_blocked_on_priority_ms", it.max_time_auto_start_blocked_on_priority);
  io("max_rerun_vm_on_vds_count", it.max_rerun_vm_on_vds_count);
  io("max_storage_vds_timeout_check_ms", it.max_storage_vds_timeout_check);
  io("max_storage_vds_delay_check_ms", it.max_storage_vds_delay_check);
  io("storage_domain_failure_timeout_ms", it.storage_domain_failure_timeout);
  io("auto_recovery_interval_ms", it.auto_recovery_interval);
  io("affinity_rules_enforcement_initial_delay_ms", it.affinity_rules_enforcement_initial_delay);
  io("affinity_rules_enforcement_interval_ms", it.affinity_rules_enforcement_interval);
  io("ha_loop_delay_ms", it.ha_loop_delay);
  io("ha_host_alive_timeout_ms", it.ha_host_alive_timeout);
  io("ha_engine_retry_expiration_ms", it.ha_engine_retry_expiration);
  io("ha_engine_starting_timeout_ms", it.ha_engine_starting_timeout);
  io("ha_engine_bad_health_timeout_ms", it.ha_engine_bad_health_timeout);
  io("ha_engine_away_expiration_ms", it.ha_engine_away_expiration);
  io("ha_vm_unexpected_shutdown_expiration_ms", it.ha_vm_unexpected_shutdown_expiration);
  io("ha_stats_history_ms", it.ha_stats_history);
  io("host_preparing_for_maintenance_idle_time_ms", it.host_preparing_for_maintenance_idle_time);
  io("job_cleanup_rate_ms", it.job_cleanup_rate);
  io("succeeded_job_cleanup_time_ms", it.succeeded_job_cleanup_time);
  io("failed_job_cleanup_time_ms", it.failed_job_cleanup_time);
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
  io("manager_address", it.manager_address);
  io("manager_port", it.manager_port);
}

}  // namespace splitsite::description
