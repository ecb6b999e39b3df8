// The timers of a lab: the reference cluster's, named and defaulted as in oVirt, and sanlock's.
#pragma once

#include <chrono>
#include <string>

namespace splitsite {

// Timers of the reference cluster under oVirt's option names (snake case), after scaling by the
// timing profile. Sources: ovirt-engine packaging/dbscripts/upgrade/pre_upgrade/0000_config.sql.
struct TimingConfig {
  using ms = std::chrono::milliseconds;
  std::string profile;  // "production", "fast"
  ms sanlock_io_timeout{10000};

  ms vds_refresh_rate{3000};
  ms vds_connection_timeout{20000};
  ms vds_heartbeat{30000};
  int vds_attempts_to_reset_count = 2;
  ms timeout_to_reset_vds{60000};
  ms delay_reset_for_spm{20000};
  ms delay_reset_per_vm{500};
  int number_vds_refreshes_before_try_to_start_unknown_vms = 10;
  int number_vds_refreshes_before_retry_to_start_unknown_vms = 100;
  ms vds_timeout{180000};           // vdsTimeout: one call, also connecting the storage
  ms vds_recovery_timeout{180000};  // VdsRecoveryTimeoutInMinutes
  ms storage_pool_refresh_time{10000};
  int spm_command_fail_over_retries = 3;
  int spm_fail_over_attempts = 3;  // SPMFailOverAttempts
  ms wait_for_vds_init{60000};     // WaitForVdsInitInSec
  ms ha_restart_runner_interval{1000};
  int ha_restart_short_retries = 10;
  ms ha_restart_short_interval{30000};
  ms ha_restart_long_interval{1800000};
  ms max_time_auto_start_blocked_on_priority{600000};  // MaxTimeAutoStartBlockedOnPriority
  int max_rerun_vm_on_vds_count = 3;
  ms max_storage_vds_timeout_check{30000};  // MaxStorageVdsTimeoutCheckSec
  ms max_storage_vds_delay_check{5000};     // MaxStorageVdsDelayCheckSec
  ms storage_domain_failure_timeout{300000};
  ms auto_recovery_interval{300000};
  ms affinity_rules_enforcement_initial_delay{60000};
  ms affinity_rules_enforcement_interval{60000};
  ms host_preparing_for_maintenance_idle_time{300000};
  ms job_cleanup_rate{600000};
  ms succeeded_job_cleanup_time{600000};
  ms failed_job_cleanup_time{3600000};
  ms disable_fence_at_startup{300000};
  int find_fence_proxy_retries = 3;
  ms find_fence_proxy_delay_between_retries{30000};
  int fence_stop_status_retries = 18;
  ms fence_stop_status_delay_between_retries{10000};
  int fence_start_status_retries = 18;
  ms fence_start_status_delay_between_retries{10000};
  ms fence_quiet_time_between_operations{180000};
  ms host_storage_lease_alive_checking_interval{90000};
  ms server_reboot_timeout{600000};
  ms server_reboot_sleep_time{30000};
  ms storage_pool_non_operational_reset_timeout{180000};

  // The self-hosted engine's HA agent: ovirt-hosted-engine-ha agent/constants.py.in, and LOOP_DELAY
  // of env/constants.py.in.
  ms ha_loop_delay{10000};
  ms ha_host_alive_timeout{60000};
  ms ha_engine_retry_expiration{600000};
  ms ha_engine_starting_timeout{600000};
  ms ha_engine_bad_health_timeout{300000};
  ms ha_engine_away_expiration{40000};
  ms ha_vm_unexpected_shutdown_expiration{560000};
  ms ha_stats_history{900000};

  // sanlock's own figures, derived (sanlock src/timeouts.c): when others may take a host's leases.
  ms renewal_interval() const { return 2 * sanlock_io_timeout; }
  ms lease_lost_after() const { return 8 * sanlock_io_timeout; }
  ms host_dead_after() const { return 8 * sanlock_io_timeout + ms(60000); }
};

}  // namespace splitsite
