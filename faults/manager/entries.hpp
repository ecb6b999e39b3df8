// The faults of the Manager and of its API, for the catalogue.
#pragma once

#include "harness/fault/catalogue.hpp"

namespace splitsite {

std::vector<CatalogueEntry> manager_faults();

}  // namespace splitsite
