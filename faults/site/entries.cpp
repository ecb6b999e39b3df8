#include "faults/site/entries.hpp"

#include "faults/site/site_compute_loss.hpp"
#include "faults/site/site_isolation.hpp"
#include "faults/site/site_power_loss.hpp"
#include "faults/site/site_rolling_loss.hpp"
#include "faults/site/site_storage_loss.hpp"

namespace splitsite {

std::vector<CatalogueEntry> site_faults() {
  return {site_power_loss_entry(), site_rolling_loss_entry(), site_isolation_entry(),
          site_compute_loss_entry(), site_storage_loss_entry()};
}

}  // namespace splitsite
