// The faults of single hosts and of what is inside a node, for the catalogue.
#pragma once

#include "harness/fault/catalogue.hpp"

namespace splitsite {

std::vector<CatalogueEntry> host_faults();

}  // namespace splitsite
