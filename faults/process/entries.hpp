// The faults of single processes, for the catalogue.
#pragma once

#include "harness/fault/catalogue.hpp"

namespace splitsite {

std::vector<CatalogueEntry> process_faults();

}  // namespace splitsite
