// One site's out-of-band power controller, without its socket: who may switch which host, and what
// is written down about it.
// Rules: it switches the hosts of its own site that have power management, nothing else; it lives
// from the site's power, so when every node of the site is off and it was not the controller that
// switched one off, it does not answer either (fact 1.5, BZ2014790).
#pragma once

#include <functional>
#include <mutex>
#include <set>

#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/power/protocol.hpp"
#include "harness/lab/power/switch_log.hpp"
#include "harness/ports/power.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::power {

class Controller {
 public:
  // The references outlive it. `record` is told of every change made, from the thread that asked.
  Controller(SiteId site, const LabConfig& lab, Power& power, Clock& clock,
             std::function<void(const Switched&)> record);

  // Any number of threads at a time; they are served one after the other.
  Answer answer(const Request& request);

 private:
  bool site_is_dark();
  Answer carry_out(const NodeId& host, Action action);
  Result<void> turn(const NodeId& host, bool on);

  const SiteId site_;
  const LabConfig& lab_;
  Power& power_;
  Clock& clock_;
  const std::function<void(const Switched&)> record_;
  std::mutex mutex_;
  std::set<NodeId> switched_off_;  // by this controller, and not on since
};

}  // namespace splitsite::power
