#include "faults/process/entries.hpp"

#include "faults/process/process_kill.hpp"
#include "faults/process/process_stop.hpp"

namespace splitsite {

std::vector<CatalogueEntry> process_faults() {
  return {process_kill_entry(), process_stop_entry()};
}

}  // namespace splitsite
