// The HA agent's timers, from the topology's timing profile under the names of
// ovirt-hosted-engine-ha's agent/constants.py (fact 5.2).
#pragma once

#include "harness/lab/description/lab_config.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::reference::ha {

struct Timers {
  Duration loop;                 // LOOP_DELAY 10 s; the storage thread's delay is the same
  Duration host_alive;           // HOST_ALIVE_TIMEOUT_SECS 60 s
  Duration retry_expiration;     // ENGINE_RETRY_EXPIRATION_SECS 600 s
  Duration starting;             // ENGINE_STARTING_TIMEOUT 600 s
  Duration bad_health;           // ENGINE_BAD_HEALTH_TIMEOUT_SECS 300 s, of a stop as well
  Duration away;                 // ENGINE_AWAY_EXPIRATION_SECS 40 s
  Duration unexpected_shutdown;  // VM_UNEXPECTED_SHUTDOWN_EXPIRATION_SECS 560 s
  Duration history;              // STATS_HISTORY_SECS 15 min
};

inline Timers timers_of(const TimingConfig& timing) {
  return {.loop = timing.ha_loop_delay,
          .host_alive = timing.ha_host_alive_timeout,
          .retry_expiration = timing.ha_engine_retry_expiration,
          .starting = timing.ha_engine_starting_timeout,
          .bad_health = timing.ha_engine_bad_health_timeout,
          .away = timing.ha_engine_away_expiration,
          .unexpected_shutdown = timing.ha_vm_unexpected_shutdown_expiration,
          .history = timing.ha_stats_history};
}

}  // namespace splitsite::reference::ha
