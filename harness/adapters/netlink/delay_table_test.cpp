#include "harness/adapters/netlink/delay_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scripts/testing/catch.hpp"

namespace splitsite::netlink {
namespace {

constexpr double unit = 8192;  // of the jitter

double mean(const std::vector<std::int16_t>& table) {
  return std::accumulate(table.begin(), table.end(), 0.0) / static_cast<double>(table.size());
}

double share_below(const std::vector<std::int16_t>& table, double jitters) {
  const auto below = std::count_if(table.begin(), table.end(),
                                   [&](std::int16_t entry) { return entry < jitters * unit; });
  return static_cast<double>(below) / static_cast<double>(table.size());
}

TEST_CASE("An even spread covers the jitter to both sides and no more") {
  const auto& table = delay_table(DelayShape::Uniform);
  CHECK(table.size() == 4096);
  CHECK(table.front() == Approx(-unit).margin(4));
  CHECK(table.back() == Approx(unit).margin(4));
  CHECK(mean(table) == Approx(0).margin(1));
  CHECK(share_below(table, 0.5) == Approx(0.75).margin(0.001));
}

TEST_CASE("A normal jitter has two thirds within one jitter and is as often early as late") {
  const auto& table = delay_table(DelayShape::Normal);
  CHECK(mean(table) == Approx(0).margin(1));
  CHECK(share_below(table, 1) - share_below(table, -1) == Approx(0.6827).margin(0.001));
  CHECK(share_below(table, 2) - share_below(table, -2) == Approx(0.9545).margin(0.001));
}

TEST_CASE("A Pareto jitter is often a little early and seldom very late") {
  const auto& table = delay_table(DelayShape::Pareto);
  CHECK(table.front() == Approx(-0.5 * 4 / 3 * unit).margin(4));  // never earlier than that
  CHECK(share_below(table, 0) == Approx(1 - std::pow(1.5, -3)).margin(0.001));
  CHECK(share_below(table, 3.9) < 1);
  CHECK(table.back() == 32'767);  // as far as the kernel's units reach
}

TEST_CASE("The mixed shape lies between its two parts") {
  const auto& mixed = delay_table(DelayShape::ParetoNormal);
  const double share = share_below(mixed, 0);
  CHECK(share > 0.5);
  CHECK(share < share_below(delay_table(DelayShape::Pareto), 0));
}

}  // namespace
}  // namespace splitsite::netlink
