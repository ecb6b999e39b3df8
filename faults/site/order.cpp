#include "faults/site/order.hpp"

#include <numeric>
#include <utility>

namespace splitsite {

using std::chrono::milliseconds;

std::uint64_t Draw::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31);
}

Duration Draw::between(Duration least, Duration most) {
  const auto first = std::chrono::ceil<milliseconds>(least).count();
  const auto last = std::chrono::floor<milliseconds>(most).count();
  if (last <= first) return milliseconds(first);
  const auto width = static_cast<std::uint64_t>(last - first) + 1;
  return milliseconds(first + static_cast<std::int64_t>(below(width)));
}

std::vector<NodeId> shuffled(std::vector<NodeId> nodes, Draw& draw) {
  for (std::size_t left = nodes.size(); left > 1; --left) {
    std::swap(nodes[left - 1], nodes[draw.below(left)]);
  }
  return nodes;
}

std::vector<Duration> split(Duration total, std::size_t parts, Draw& draw) {
  std::vector<std::int64_t> weights;
  for (std::size_t i = 0; i < parts; ++i) {
    weights.push_back(static_cast<std::int64_t>(draw.below(4)) + 1);
  }
  const std::int64_t sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  std::vector<Duration> pauses;
  for (const std::int64_t weight : weights) {
    pauses.push_back(std::chrono::floor<milliseconds>(total * weight / sum));
  }
  // What rounding left over belongs to the last.
  if (!pauses.empty()) {
    pauses.back() += total - std::accumulate(pauses.begin(), pauses.end(), Duration::zero());
  }
  return pauses;
}

Plan plan_outage(const std::vector<NodeId>& order, const std::vector<Duration>& pauses,
                 const Comeback& comeback) {
  Draw draw(comeback.seed);
  Plan plan;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0) {
      const Hold between{.applying = i <= pauses.size() ? pauses[i - 1] : Duration::zero(),
                         .undoing = comeback.staggered
                                        ? draw.between(kShortestGap, comeback.longest_gap)
                                        : Duration::zero()};
      if (between != Hold{}) plan.push_back(between);
    }
    plan.push_back(PowerOff{order[i]});
  }
  return plan;
}

}  // namespace splitsite
