// The dead-man switch: a lease that lapses unless renewed, so that a harness which died or lost the
// node leaves no fault behind. Pure; whoever owns it takes back what has lapsed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/time/clock.hpp"

namespace splitsite::agent {

class DeadMan {
 public:
  // `clock` outlives the switch.
  explicit DeadMan(const Clock& clock) : clock_(clock) {}

  void arm(const std::string& name, Duration lease);  // replaces its earlier lease
  void disarm(const std::string& name);
  // Extends those of the named leases that still run; one that has lapsed is not revived. Returns
  // the names of those extended.
  std::vector<std::string> renew(const std::vector<std::string>& names, Duration lease);

  std::optional<Instant> next_lapse() const;
  std::optional<Duration> left(const std::string& name) const;
  // Whose lease is over; each is returned once.
  std::vector<std::string> take_lapsed();

 private:
  const Clock& clock_;
  std::map<std::string, Instant> ends_;
};

}  // namespace splitsite::agent
