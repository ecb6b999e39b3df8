// The link group of the catalogue: faults of links between sites, and of the network of single
// nodes.
#pragma once

#include <vector>

#include "harness/fault/catalogue.hpp"

namespace splitsite {

std::vector<CatalogueEntry> link_faults();

}  // namespace splitsite
