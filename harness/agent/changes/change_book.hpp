// change.apply, change.revert, change.renew, change.observe, change.list: the changes in force in
// this node, by the names the harness gave them. Each has a lease, renewed by name; the answer says
// which were, and those it leaves out are not in force any more. When nobody renews it the change
// is taken back and event deadman.lifted says so. What is in force is journalled before it is made,
// so that the agent's own death leaves nothing behind: its successor goes on with the same leases.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/agent/changes/change.hpp"
#include "harness/agent/changes/dead_man.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite::agent {

class ChangeBook {
 public:
  // All four outlive the book.
  ChangeBook(EventLoop& loop, const Clock& clock, UndoLog& journal, EventLog& events)
      : loop_(loop), clock_(clock), journal_(journal), events_(events), dead_man_(clock) {}

  // Only the kinds that make sense in this node: asking for another names those there are.
  void add(const std::string& kind, std::unique_ptr<Change> change);
  void add_to(Dispatcher& dispatcher);

  // Once, when every kind is there: what an earlier agent left in force gets its whole lease anew,
  // for the harness to renew, or is taken back at once if it ended with that agent.
  void take_over();

  // Takes back every change whose lease is over. Runs by itself; public for tests with a manual
  // clock.
  void lift_lapsed();

 private:
  struct Entry {
    std::string kind;
    Json arguments;
    Json remembered;
    Duration lease{};
    long journalled = 0;  // its entry in the journal
  };

  Result<Json> apply(Arguments& request);
  Result<Json> make(const std::string& id, Entry entry);
  Result<Json> revert(Arguments& request);
  Result<Json> renew(Arguments& request);
  Result<Json> list(Arguments& request);
  void observe(Arguments& request, const Answer& answer);

  Result<Change*> kind(const std::string& name);
  Result<void> write_down(const std::string& id, Entry& entry);
  Result<void> take_back(const std::string& id);
  void resume(const UndoEntry& left);
  void lift(const std::string& id, const std::string& why);
  void schedule();

  EventLoop& loop_;
  const Clock& clock_;
  UndoLog& journal_;
  EventLog& events_;
  DeadMan dead_man_;
  std::map<std::string, std::unique_ptr<Change>> kinds_;
  std::map<std::string, Entry> in_force_;
  std::set<std::string> stuck_;  // could not be taken back yet
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::agent
