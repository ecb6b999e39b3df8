#include "faults/link/entries.hpp"

#include "faults/link/host_network_cut.hpp"
#include "faults/link/link_burst_loss.hpp"
#include "faults/link/link_corruption.hpp"
#include "faults/link/link_cut.hpp"
#include "faults/link/link_delay.hpp"
#include "faults/link/link_duplication.hpp"
#include "faults/link/link_flap.hpp"
#include "faults/link/link_loss.hpp"
#include "faults/link/link_mtu.hpp"
#include "faults/link/link_rate.hpp"
#include "faults/link/link_reordering.hpp"
#include "faults/link/nic_down.hpp"
#include "faults/link/partition.hpp"

namespace splitsite {

std::vector<CatalogueEntry> link_faults() {
  return {link_delay_entry(),       link_loss_entry(),       link_burst_loss_entry(),
          link_duplication_entry(), link_corruption_entry(), link_reordering_entry(),
          link_rate_entry(),        link_cut_entry(),        link_flap_entry(),
          link_mtu_entry(),         partition_entry(),       host_network_cut_entry(),
          nic_down_entry()};
}

}  // namespace splitsite
