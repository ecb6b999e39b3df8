// How often the host daemon looks at things: VDSM's own periods, all of them multiples of sanlock's
// I/O timeout, so that the topology's timing profile scales them together.
#pragma once

#include "harness/lab/description/lab_config.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::reference::hostd {

struct Timers {
  Duration storage_check;    // vdsm [irs] sd_health_check_delay 10 s
  Duration storage_timeout;  // a read that takes longer is an error: sanlock's own I/O timeout
  Duration spm_watchdog;     // vdsm [spm] watchdog_interval 20 s
  Duration pause_limit;      // vdsm vm_kill_paused_timeout: 8 x io_timeout
  Duration pause_check;      // vdsm periodic: 4 x io_timeout
  Duration guest_wait;       // vdsm GUEST_WAIT_TIMEOUT 60 s
  Duration host_id_wait;     // vdsm ACQUIRE_HOST_ID_TIMEOUT 180 s
  Duration refresh = std::chrono::seconds(1);  // processes, leases, lockspace: cheap and local
};

inline Timers timers_of(const TimingConfig& timing) {
  const Duration io = timing.sanlock_io_timeout;
  return {.storage_check = io,
          .storage_timeout = io,
          .spm_watchdog = 2 * io,
          .pause_limit = 8 * io,
          .pause_check = 4 * io,
          .guest_wait = 6 * io,
          .host_id_wait = 18 * io};
}

}  // namespace splitsite::reference::hostd
