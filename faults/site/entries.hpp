// The faults of whole sites, for the catalogue.
#pragma once

#include "harness/fault/catalogue.hpp"

namespace splitsite {

std::vector<CatalogueEntry> site_faults();

}  // namespace splitsite
