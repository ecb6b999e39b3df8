// One kind of change that a fault makes inside this node, and exactly takes back: "process.stop".
// A kind keeps nothing of its own about what is in force; the ChangeBook does, on disk, because the
// agent may be killed and its successor then has to take the change back.
// Rule: nothing here blocks the agent's loop for long (tens of milliseconds); what takes longer
// goes on in a child process, or answers later.
#pragma once

#include "harness/agent/arguments.hpp"
#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/core/result.hpp"

namespace splitsite::agent {

class Change {
 public:
  virtual ~Change() = default;

  // Checks the arguments against this node and returns what revert() will need: what was there
  // before, what is to be made. It is on disk before apply() is called. Touches nothing.
  virtual Result<Json> prepare(const Json& arguments) = 0;

  // In force when it returns; returns what the harness is told of it. May add to `remembered` what
  // only now is known (the id of a child). After an error revert() is called on it: it must cope
  // with a change that was made by half or not at all.
  virtual Result<Json> apply(const Json& arguments, Json& remembered) = 0;

  // Takes back what `remembered` says and nothing else. Succeeds when there is nothing (left) to
  // take back: called twice, called after its target has died, called by a later agent.
  virtual Result<void> revert(const Json& remembered) = 0;

  // What is true now, for proofs. Changes nothing.
  virtual Result<Json> observe(const Json& arguments) = 0;
  // The same for a kind whose answer takes time (an I/O with a deadline): answers once, later.
  virtual void observe_later(const Json& arguments, const Answer& answer) {
    answer(observe(arguments));
  }

  // False: what it made ends with the agent (a child with a parent-death signal), so that it is no
  // longer in force when a later agent comes, and is taken back at once.
  virtual bool outlives_agent() const { return true; }
};

}  // namespace splitsite::agent
