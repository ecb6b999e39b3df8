#pragma once

#include "suites/scenario.hpp"

namespace splitsite {

Scenario primary_site_lost();

}  // namespace splitsite
