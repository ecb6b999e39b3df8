#include "faults/storage/entries.hpp"

#include "faults/storage/lun_io_delay.hpp"
#include "faults/storage/lun_io_error.hpp"
#include "faults/storage/lun_stall.hpp"
#include "faults/storage/replication_pause.hpp"
#include "faults/storage/replication_resync.hpp"
#include "faults/storage/storage_outage.hpp"
#include "faults/storage/storage_path_loss.hpp"

namespace splitsite {

std::vector<CatalogueEntry> storage_faults() {
  return {storage_power_loss_entry(), storage_hang_entry(),      storage_path_loss_entry(),
          lun_io_error_entry(),       lun_io_delay_entry(),      lun_stall_entry(),
          replication_pause_entry(),  replication_resync_entry()};
}

}  // namespace splitsite
