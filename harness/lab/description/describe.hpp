// A lab in a screenful of text, for people who are about to bring it up.
#pragma once

#include <string>

#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

// Sites with their nodes, links, storage, VMs and the timers that bounds are made of.
std::string describe(const LabConfig& lab);

}  // namespace splitsite
