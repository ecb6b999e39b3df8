// The faults of storage and replication, for the catalogue. Cutting and slowing the replication are
// link faults with link=replication.
#pragma once

#include "harness/fault/catalogue.hpp"

namespace splitsite {

std::vector<CatalogueEntry> storage_faults();

}  // namespace splitsite
