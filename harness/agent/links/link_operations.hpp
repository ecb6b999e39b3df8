// link.get, link.set, link.renew, link.baseline: the impairment of one direction of a link, with
// the dead-man switch that takes it back to its baseline when nobody renews it.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/changes/dead_man.hpp"
#include "harness/agent/links/leaves.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class LinkOperations {
 public:
  // All four outlive this object.
  LinkOperations(EventLoop& loop, const Clock& clock, Leaves& leaves, EventLog& events)
      : loop_(loop), leaves_(leaves), events_(events), dead_man_(clock), clock_(clock) {}

  void add_to(Dispatcher& dispatcher);
  // Takes back every link whose lease is over. Runs by itself; public for tests with a manual
  // clock.
  void lift_lapsed();

 private:
  Result<nlohmann::json> get(Arguments& arguments);
  Result<nlohmann::json> set(Arguments& arguments);
  Result<nlohmann::json> renew(Arguments& arguments);
  Result<nlohmann::json> baseline(Arguments& arguments);
  Impairment baseline_of(const std::string& device) const;
  void schedule();

  EventLoop& loop_;
  Leaves& leaves_;
  EventLog& events_;
  DeadMan dead_man_;
  const Clock& clock_;
  std::map<std::string, Impairment> baselines_;  // absent: clear
  std::set<std::string> stuck_;                  // could not be taken back yet
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::agent
