#include "harness/agent/changes/dead_man.hpp"

#include <algorithm>

namespace splitsite::agent {

void DeadMan::arm(const std::string& name, Duration lease) { ends_[name] = clock_.now() + lease; }

void DeadMan::disarm(const std::string& name) { ends_.erase(name); }

std::vector<std::string> DeadMan::renew(const std::vector<std::string>& names, Duration lease) {
  const Instant now = clock_.now();
  std::vector<std::string> renewed;
  for (const std::string& name : names) {
    const auto found = ends_.find(name);
    if (found == ends_.end() || found->second <= now) continue;
    found->second = now + lease;
    renewed.push_back(name);
  }
  return renewed;
}

std::optional<Instant> DeadMan::next_lapse() const {
  std::optional<Instant> first;
  for (const auto& [name, end] : ends_) first = std::min(first.value_or(end), end);
  return first;
}

std::optional<Duration> DeadMan::left(const std::string& name) const {
  const auto found = ends_.find(name);
  if (found == ends_.end()) return std::nullopt;
  return found->second - clock_.now();
}

std::vector<std::string> DeadMan::take_lapsed() {
  const Instant now = clock_.now();
  std::vector<std::string> lapsed;
  for (const auto& [name, end] : ends_) {
    if (end <= now) lapsed.push_back(name);
  }
  for (const std::string& name : lapsed) ends_.erase(name);
  return lapsed;
}

}  // namespace splitsite::agent
