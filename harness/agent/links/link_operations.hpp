// link.get, link.set, link.renew, link.baseline: the impairment of one direction of a link, with
// the dead-man switch that takes it back to its baseline when nobody renews it. Leases and
// baselines are journalled before they count, so that an agent started anew still takes back what
// its predecessor set, and goes on with what the kernel does not do by itself: flapping.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/agent/changes/dead_man.hpp"
#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/links/leaves.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite::agent {

class LinkOperations {
 public:
  // All five outlive this object.
  LinkOperations(EventLoop& loop, const Clock& clock, Leaves& leaves, UndoLog& journal,
                 EventLog& events)
      : loop_(loop),
        leaves_(leaves),
        journal_(journal),
        events_(events),
        dead_man_(clock),
        clock_(clock) {}

  void add_to(Dispatcher& dispatcher);
  // Once: what an earlier agent left. Its leases run anew, for the harness to renew.
  void take_over();
  // Takes back every link whose lease is over. Runs by itself; public for tests with a manual
  // clock.
  void lift_lapsed();

 private:
  Result<nlohmann::json> get(Arguments& arguments);
  Result<nlohmann::json> set(Arguments& arguments);
  Result<nlohmann::json> renew(Arguments& arguments);
  Result<nlohmann::json> baseline(Arguments& arguments);
  Impairment baseline_of(const std::string& device) const;
  Result<bool> note_lease(const std::string& device, const Impairment& impairment, Duration lease);
  void take_over_lease(const std::string& device, long entry, const nlohmann::json& noted);
  void forget_lease(const std::string& device);
  void schedule();

  EventLoop& loop_;
  Leaves& leaves_;
  UndoLog& journal_;
  EventLog& events_;
  DeadMan dead_man_;
  const Clock& clock_;
  std::map<std::string, Impairment> baselines_;  // absent: clear
  struct Noted {
    long entry = 0;  // in the journal
    bool flaps = false;
  };
  std::map<std::string, Noted> noted_leases_;
  std::map<std::string, long> noted_baselines_;
  std::set<std::string> stuck_;  // could not be taken back yet
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::agent
