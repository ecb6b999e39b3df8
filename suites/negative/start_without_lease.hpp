#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario start_without_lease();

}  // namespace splitsite
