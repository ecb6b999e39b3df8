// Every fault there is: the groups' entries in one list, in the order of the README's table.
#pragma once

#include "harness/fault/catalogue.hpp"

namespace splitsite {

const Catalogue& fault_catalogue();

}  // namespace splitsite
