// The cluster of issue 4's size and speed figures: four hosts in each of two sites and forty highly
// available VMs with leases, each at home in one site by a soft affinity rule.
#pragma once

#include "harness/lab/description/lab_config.hpp"

namespace splitsite::reference {

// Timers are oVirt's.
LabConfig large_lab();

// Prints "NAME: FIGURE UNIT (bar BAR)" with what it means; false when `figure` is above the bar.
// A benchmark is no timed test: its program tells both and fails only above the bar.
struct Figure {
  const char* name;
  double figure;
  double bar;
  const char* unit;
  bool at_least = false;  // the bar is a lower one
};
bool report(const Figure& figure);

}  // namespace splitsite::reference
