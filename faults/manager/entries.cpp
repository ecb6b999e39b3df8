#include "faults/manager/entries.hpp"

#include "faults/manager/manager_errors.hpp"
#include "faults/manager/manager_hang.hpp"
#include "faults/manager/manager_isolation.hpp"
#include "faults/manager/manager_kill.hpp"
#include "faults/manager/manager_slow.hpp"

namespace splitsite {

std::vector<CatalogueEntry> manager_faults() {
  return {manager_kill_entry(), manager_hang_entry(), manager_isolation_entry(),
          manager_slow_entry(), manager_errors_entry()};
}

}  // namespace splitsite
