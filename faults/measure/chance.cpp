#include "faults/measure/chance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace splitsite {
namespace {

// Of exactly `hits`; through logarithms, because the factors are far out of a double's range.
double chance_of(int hits, int of, double share) {
  if (share <= 0) return hits == 0 ? 1 : 0;
  if (share >= 1) return hits == of ? 1 : 0;
  const double n = of;
  const double k = hits;
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                  k * std::log(share) + (n - k) * std::log1p(-share));
}

double chance_between(int from, int to, int of, double percent) {
  double sum = 0;
  for (int hits = from; hits <= to; ++hits) sum += chance_of(hits, of, percent / 100);
  return std::min(sum, 1.0);
}

}  // namespace

std::string describe(const Counted& counted) {
  const double percent = counted.of > 0 ? 100.0 * counted.hits / counted.of : 0;
  return fmt::format("{} of {} ({:.2g} %)", counted.hits, counted.of, percent);
}

double chance_of_at_most(const Counted& counted, double percent) {
  return chance_between(0, counted.hits, counted.of, percent);
}

double chance_of_at_least(const Counted& counted, double percent) {
  return chance_between(counted.hits, counted.of, counted.of, percent);
}

bool too_few_for(const Counted& counted, double percent) {
  return chance_of_at_most(counted, percent) < kRisk;
}

bool too_many_for(const Counted& counted, double percent) {
  return chance_of_at_least(counted, percent) < kRisk;
}

int enough_packets(double percent) {
  // The lower end of the band is then above a third of it, for damage that cannot all be seen too.
  constexpr double kExpectedHits = 46;
  if (percent <= 0) return 300;
  return static_cast<int>(std::clamp(std::ceil(100 * kExpectedHits / percent), 300.0, 20000.0));
}

double chance_of_greater(const std::vector<Duration>& earlier, const std::vector<Duration>& later) {
  std::size_t greater = 0;
  for (const Duration& one : later) {
    greater += static_cast<std::size_t>(std::count_if(
        earlier.begin(), earlier.end(), [&](const Duration& other) { return one > other; }));
  }
  // How many orders of both give each count of greater pairs: the coefficients of the Gaussian
  // binomial, as shares, so that they stay within a double's range.
  const std::size_t n = later.size();
  const std::size_t m = earlier.size();
  std::vector<double> share(n * m + 1, 0.0);
  share[0] = 1;
  for (std::size_t i = 1; i <= n; ++i) {
    for (std::size_t u = n * m; u >= m + i && u < share.size(); --u) share[u] -= share[u - m - i];
    for (std::size_t u = i; u < share.size(); ++u) share[u] += share[u - i];
    for (double& each : share) each *= static_cast<double>(i) / static_cast<double>(m + i);
  }
  // Few pairs that are not greater are as rare as few that are.
  double sum = 0;
  for (std::size_t u = 0; u <= n * m - greater; ++u) sum += share[u];
  return std::clamp(sum, 0.0, 1.0);
}

double chance_of_all_lowest(int lowest, int of, int others) {
  double chance = 1;
  for (int i = 0; i < lowest; ++i) chance *= static_cast<double>(of - i) / (of + others - i);
  return chance;
}

}  // namespace splitsite
