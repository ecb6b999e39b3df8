#include "faults/catalogue.hpp"

#include <iterator>
#include <utility>

#include "faults/host/entries.hpp"
#include "faults/link/entries.hpp"
#include "faults/manager/entries.hpp"
#include "faults/process/entries.hpp"
#include "faults/site/entries.hpp"
#include "faults/storage/entries.hpp"

namespace splitsite {
namespace {

Catalogue join_groups() {
  Catalogue all;
  for (Catalogue group : {link_faults(), host_faults(), process_faults(), storage_faults(),
                          site_faults(), manager_faults()}) {
    all.insert(all.end(), std::make_move_iterator(group.begin()),
               std::make_move_iterator(group.end()));
  }
  return all;
}

}  // namespace

const Catalogue& fault_catalogue() {
  static const Catalogue all = join_groups();
  return all;
}

}  // namespace splitsite
