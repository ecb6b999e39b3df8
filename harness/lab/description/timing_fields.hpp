// The keys of lab.json's timers; see lab_fields.hpp.
#pragma once

#include <concepts>
#include <type_traits>

#include "harness/lab/description/timing_config.hpp"

namespace splitsite::description {

// "A U, to be read into or to be written from."
template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

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
  io("disable_fence_at_startup_ms", it.disable_fence_at_startup);
  io("find_fence_proxy_retries", it.find_fence_proxy_retries);
  io("find_fence_proxy_delay_between_retries_ms", it.find_fence_proxy_delay_between_retries);
  io("fence_stop_status_retries", it.fence_stop_status_retries);
  io("fence_stop_status_delay_between_retries_ms", it.fence_stop_status_delay_between_retries);
  io("fence_start_status_retries", it.fence_start_status_retries);
  io("fence_start_status_delay_between_retries_ms", it.fence_start_status_delay_between_retries);
  io("fence_quiet_time_between_operations_ms", it.fence_quiet_time_between_operations);
  io("host_storage_lease_alive_checking_interval_ms",
     it.host_storage_lease_alive_checking_interval);
  io("server_reboot_timeout_ms", it.server_reboot_timeout);
  io("server_reboot_sleep_time_ms", it.server_reboot_sleep_time);
  io("storage_pool_non_operational_reset_timeout_ms",
     it.storage_pool_non_operational_reset_timeout);
}

}  // namespace splitsite::description
