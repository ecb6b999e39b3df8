// The timeline as data: lanes of coloured spans, put together from the history.
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitsite {

struct Span {
  Duration from;
  Duration to;
  std::string label;  // shown inside if there is room, and as a tooltip
  std::string look;   // CSS class
};

struct Lane {
  std::string group;  // "faults", "site a", "VMs", …
  std::string name;   // "host-a1"
  std::vector<Span> spans;
};

std::vector<Lane> lanes_of(const Report& report);
Duration end_of(const Events& events);

// The inline SVG of the lanes.
std::string to_svg(const std::vector<Lane>& lanes, Duration end);

}  // namespace splitsite
