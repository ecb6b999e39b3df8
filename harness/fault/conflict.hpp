// Which faults cannot be in force together. One rule for whoever puts them there: a campaign that
// is being drawn, and the injector.
#pragma once

#include <string>

#include "harness/fault/step.hpp"
#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

// Why these two cannot be in force together; empty if they can. Pure.
std::string conflict_between(const Plan& first, const Plan& second, const LabConfig& config);

}  // namespace splitsite
