// The figures every run ends with, next to the budgets they are compared with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitsite {

struct Timing {
  std::string name;
  std::string value;   // "91.2 s", "3.4 GiB"; "-" if it did not happen
  std::string budget;  // empty: none set
};

// From the history: detection (fault in force to the first lost host non responsive), failover
// (power-off to the last VM serving), failback (hosts up to the last VM home).
std::vector<Timing> story_timings(const Report& report);

std::string to_table(const std::vector<Timing>& timings);

}  // namespace splitsite
