#include "harness/agent/links/dead_man.hpp"

#include <algorithm>

namespace splitsite::agent {

void DeadMan::arm(const std::string& device, Duration lease) {
  ends_[device] = clock_.now() + lease;
}

void DeadMan::disarm(const std::string& device) { ends_.erase(device); }

std::vector<std::string> DeadMan::renew(Duration lease) {
  const Instant now = clock_.now();
  std::vector<std::string> renewed;
  for (auto& [device, end] : ends_) {
    if (end <= now) continue;
    end = now + lease;
    renewed.push_back(device);
  }
  return renewed;
}

std::optional<Instant> DeadMan::next_lapse() const {
  std::optional<Instant> first;
  for (const auto& [device, end] : ends_) first = std::min(first.value_or(end), end);
  return first;
}

std::optional<Duration> DeadMan::left(const std::string& device) const {
  const auto found = ends_.find(device);
  if (found == ends_.end()) return std::nullopt;
  return found->second - clock_.now();
}

std::vector<std::string> DeadMan::take_lapsed() {
  const Instant now = clock_.now();
  std::vector<std::string> lapsed;
  for (const auto& [device, end] : ends_) {
    if (end <= now) lapsed.push_back(device);
  }
  for (const std::string& device : lapsed) ends_.erase(device);
  return lapsed;
}

}  // namespace splitsite::agent
