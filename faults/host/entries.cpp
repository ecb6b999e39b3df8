#include "faults/host/entries.hpp"

#include "faults/host/clock_drift.hpp"
#include "faults/host/clock_step.hpp"
#include "faults/host/cpu_starvation.hpp"
#include "faults/host/disk_full.hpp"
#include "faults/host/host_hang.hpp"
#include "faults/host/host_panic.hpp"
#include "faults/host/host_power_loss.hpp"
#include "faults/host/host_reboot.hpp"
#include "faults/host/host_reset.hpp"
#include "faults/host/host_shutdown.hpp"
#include "faults/host/memory_pressure.hpp"

namespace splitsite {

std::vector<CatalogueEntry> host_faults() {
  return {host_power_loss_entry(), host_reset_entry(),      host_hang_entry(),
          host_panic_entry(),      host_shutdown_entry(),   host_reboot_entry(),
          cpu_starvation_entry(),  memory_pressure_entry(), clock_step_entry(),
          clock_drift_entry(),     disk_full_entry()};
}

}  // namespace splitsite
