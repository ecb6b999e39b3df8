#include "harness/adapters/netlink/delay_table.hpp"

#include <linux/pkt_sched.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace splitsite::netlink {
namespace {

constexpr std::size_t entries = 4096;  // as many as tc sends

// Deviation, in units of the jitter, below which a share `p` of all packets lies.
double uniform(double p) { return 2 * p - 1; }

// The inverse of the normal distribution by bisection of its integral: forty halvings of ±8 sigma
// are exact far beyond the table's resolution, and it runs once.
double normal(double p) {
  double low = -8;
  double high = 8;
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

// Pareto with exponent 3, moved to mean zero and scaled as tc scales it: many packets a little
// early, few very late.
double pareto(double p) { return (std::pow(1 - p, -1.0 / 3) - 1.5) * 4 / 3; }

double pareto_normal(double p) { return 0.25 * normal(p) + 0.75 * pareto(p); }

std::vector<std::int16_t> sampled(double (*shape)(double)) {
  constexpr double most = std::numeric_limits<std::int16_t>::max();
  std::vector<std::int16_t> table;
  table.reserve(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    const double at = (static_cast<double>(i) + 0.5) / entries;
    const double value = std::round(shape(at) * NETEM_DIST_SCALE);
    table.push_back(static_cast<std::int16_t>(std::clamp(value, -most, most)));
  }
  return table;
}

}  // namespace

const std::vector<std::int16_t>& delay_table(DelayShape shape) {
  // In the order of DelayShape.
  static const std::array tables{sampled(uniform), sampled(normal), sampled(pareto),
                                 sampled(pareto_normal)};
  return tables.at(static_cast<std::size_t>(shape));
}

}  // namespace splitsite::netlink
