#include "harness/lab/description/timing_profile.hpp"

#include <fmt/format.h>

#include <cmath>

#include "harness/lab/description/strict_table.hpp"

namespace splitsite {
namespace {

using description::Complaints;
using description::StrictTable;
using description::TomlValue;
using description::Words;
using std::chrono::milliseconds;

enum class Unit { Seconds, Minutes };

struct Timer {
  std::string_view option;
  milliseconds TimingConfig::*member;
  Unit unit;
};

// AutoRecoverySchedule is a cron expression in oVirt, "every 5 minutes"; here it is the minutes.
constexpr Timer timers[] = {
    {"VdsRefreshRate", &TimingConfig::vds_refresh_rate, Unit::Seconds},
    {"vdsConnectionTimeout", &TimingConfig::vds_connection_timeout, Unit::Seconds},
    {"vdsHeartbeatInSeconds", &TimingConfig::vds_heartbeat, Unit::Seconds},
    {"TimeoutToResetVdsInSeconds", &TimingConfig::timeout_to_reset_vds, Unit::Seconds},
    {"DelayResetForSpmInSeconds", &TimingConfig::delay_reset_for_spm, Unit::Seconds},
    {"DelayResetPerVmInSeconds", &TimingConfig::delay_reset_per_vm, Unit::Seconds},
    {"vdsTimeout", &TimingConfig::vds_timeout, Unit::Seconds},
    {"VdsRecoveryTimeoutInMinutes", &TimingConfig::vds_recovery_timeout, Unit::Minutes},
    {"WaitForVdsInitInSec", &TimingConfig::wait_for_vds_init, Unit::Seconds},
    {"MaxTimeAutoStartBlockedOnPriority", &TimingConfig::max_time_auto_start_blocked_on_priority,
     Unit::Seconds},
    {"MaxStorageVdsTimeoutCheckSec", &TimingConfig::max_storage_vds_timeout_check, Unit::Seconds},
    {"MaxStorageVdsDelayCheckSec", &TimingConfig::max_storage_vds_delay_check, Unit::Seconds},
    {"StoragePoolRefreshTimeInSeconds", &TimingConfig::storage_pool_refresh_time, Unit::Seconds},
    {"AutoStartVmsRunnerIntervalInSeconds", &TimingConfig::ha_restart_runner_interval,
     Unit::Seconds},
    {"RetryToRunAutoStartVmShortIntervalInSeconds", &TimingConfig::ha_restart_short_interval,
     Unit::Seconds},
    {"RetryToRunAutoStartVmLongIntervalInSeconds", &TimingConfig::ha_restart_long_interval,
     Unit::Seconds},
    {"StorageDomainFailureTimeoutInMinutes", &TimingConfig::storage_domain_failure_timeout,
     Unit::Minutes},
    {"AutoRecoverySchedule", &TimingConfig::auto_recovery_interval, Unit::Minutes},
    {"AffinityRulesEnforcementManagerInitialDelay",
     &TimingConfig::affinity_rules_enforcement_initial_delay, Unit::Minutes},
    {"AffinityRulesEnforcementManagerRegularInterval",
     &TimingConfig::affinity_rules_enforcement_interval, Unit::Minutes},
    // Constants of ovirt-hosted-engine-ha, not options of the engine.
    {"LOOP_DELAY", &TimingConfig::ha_loop_delay, Unit::Seconds},
    {"HOST_ALIVE_TIMEOUT_SECS", &TimingConfig::ha_host_alive_timeout, Unit::Seconds},
    {"ENGINE_RETRY_EXPIRATION_SECS", &TimingConfig::ha_engine_retry_expiration, Unit::Seconds},
    {"ENGINE_STARTING_TIMEOUT", &TimingConfig::ha_engine_starting_timeout, Unit::Seconds},
    {"ENGINE_BAD_HEALTH_TIMEOUT_SECS", &TimingConfig::ha_engine_bad_health_timeout, Unit::Seconds},
    {"ENGINE_AWAY_EXPIRATION_SECS", &TimingConfig::ha_engine_away_expiration, Unit::Seconds},
    {"VM_UNEXPECTED_SHUTDOWN_EXPIRATION_SECS", &TimingConfig::ha_vm_unexpected_shutdown_expiration,
     Unit::Seconds},
    {"STATS_HISTORY_SECS", &TimingConfig::ha_stats_history, Unit::Seconds},
    {"HostPreparingForMaintenanceIdleTime", &TimingConfig::host_preparing_for_maintenance_idle_time,
     Unit::Seconds},
    {"JobCleanupRateInMinutes", &TimingConfig::job_cleanup_rate, Unit::Minutes},
    {"SucceededJobCleanupTimeInMinutes", &TimingConfig::succeeded_job_cleanup_time, Unit::Minutes},
    {"FailedJobCleanupTimeInMinutes", &TimingConfig::failed_job_cleanup_time, Unit::Minutes},
    {"DisableFenceAtStartupInSec", &TimingConfig::disable_fence_at_startup, Unit::Seconds},
    {"FindFenceProxyDelayBetweenRetriesInSec",
     &TimingConfig::find_fence_proxy_delay_between_retries, Unit::Seconds},
    {"FenceStopStatusDelayBetweenRetriesInSec",
     &TimingConfig::fence_stop_status_delay_between_retries, Unit::Seconds},
    {"FenceStartStatusDelayBetweenRetriesInSec",
     &TimingConfig::fence_start_status_delay_between_retries, Unit::Seconds},
    {"FenceQuietTimeBetweenOperationsInSec", &TimingConfig::fence_quiet_time_between_operations,
     Unit::Seconds},
    {"HostStorageLeaseAliveCheckingInterval",
     &TimingConfig::host_storage_lease_alive_checking_interval, Unit::Seconds},
    {"ServerRebootTimeout", &TimingConfig::server_reboot_timeout, Unit::Seconds},
    {"ServerRebootSleepTime", &TimingConfig::server_reboot_sleep_time, Unit::Seconds},
    {"StoragePoolNonOperationalResetTimeoutInMin",
     &TimingConfig::storage_pool_non_operational_reset_timeout, Unit::Minutes},
};

struct Count {
  std::string_view option;
  int TimingConfig::*member;
};

constexpr Count counts[] = {
    {"VDSAttemptsToResetCount", &TimingConfig::vds_attempts_to_reset_count},
    {"NumberVdsRefreshesBeforeTryToStartUnknownVms",
     &TimingConfig::number_vds_refreshes_before_try_to_start_unknown_vms},
    {"NumberVdsRefreshesBeforeRetryToStartUnknownVms",
     &TimingConfig::number_vds_refreshes_before_retry_to_start_unknown_vms},
    {"SPMFailOverAttempts", &TimingConfig::spm_fail_over_attempts},
    {"SpmCommandFailOverRetries", &TimingConfig::spm_command_fail_over_retries},
    {"NumOfTriesToRunFailedAutoStartVmInShortIntervals", &TimingConfig::ha_restart_short_retries},
    {"MaxRerunVmOnVdsCount", &TimingConfig::max_rerun_vm_on_vds_count},
    {"FindFenceProxyRetries", &TimingConfig::find_fence_proxy_retries},
    {"FenceStopStatusRetries", &TimingConfig::fence_stop_status_retries},
    {"FenceStartStatusRetries", &TimingConfig::fence_start_status_retries},
};

Words option_names() {
  Words names;
  for (const Timer& timer : timers) names.push_back(timer.option);
  for (const Count& count : counts) names.push_back(count.option);
  return names;
}

milliseconds to_milliseconds(double value, Unit unit) {
  return milliseconds(std::llround(value * (unit == Unit::Seconds ? 1000 : 60000)));
}

// wdmd looks at its clients every 10 s, so a host acts on a lost lease, 8 × io_timeout after the
// last renewal, only as exactly as that; with less than 3 s it resets healthy hosts.
constexpr int least_io_timeout = 3;

milliseconds read_io_timeout(StrictTable sanlock) {
  const int seconds = sanlock.whole("io_timeout", 1, 60, "s");
  if (seconds < least_io_timeout) {
    sanlock.complain(
        "io_timeout",
        fmt::format("io_timeout must be at least {} s, not {}", least_io_timeout, seconds),
        "the watchdog daemon tests every 10 s, and 8 × io_timeout must stay well above that, or "
        "healthy hosts are reset");
  }
  return std::chrono::seconds(seconds);
}

void read_options(StrictTable ovirt, double scale, TimingConfig& timing) {
  for (const Timer& timer : timers) {
    milliseconds& value = timing.*timer.member;
    if (!ovirt.has(timer.option)) {
      value = milliseconds(std::llround(static_cast<double>(value.count()) * scale));
      continue;
    }
    const bool seconds = timer.unit == Unit::Seconds;
    value = to_milliseconds(
        ovirt.number(timer.option, 0.001, seconds ? 86400 : 1440, seconds ? "s" : "min"),
        timer.unit);
  }
  for (const Count& count : counts) {
    timing.*count.member = ovirt.whole_or(count.option, 0, 10000, timing.*count.member);
  }
}

Result<TimingConfig> to_timing(const std::string& path, const TomlValue& document) {
  Complaints complaints;
  StrictTable root(document, "the timing profile", {"name", "scale", "sanlock", "ovirt"},
                   complaints);
  TimingConfig timing;
  timing.profile = root.text("name");
  const double scale = root.number("scale", 0.05, 10);
  timing.sanlock_io_timeout = read_io_timeout(root.table("sanlock", {"io_timeout"}));
  read_options(root.table("ovirt", option_names()), scale, timing);
  if (complaints.first()) {
    return description::to_error("timing profile", path, *complaints.first());
  }
  return timing;
}

}  // namespace

Result<TimingConfig> load_timing_profile(const std::string& path) {
  SPLITSITE_TRY(const auto document, description::read_toml_file("timing profile", path));
  return to_timing(path, document);
}

Result<TimingConfig> parse_timing_profile(const std::string& path, const std::string& text) {
  SPLITSITE_TRY(const auto document, description::parse_toml("timing profile", path, text));
  return to_timing(path, document);
}

}  // namespace splitsite
