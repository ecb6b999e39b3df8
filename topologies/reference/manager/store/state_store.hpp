// The Manager's database: SQLite on a disk of its own. What a step changed is written in one
// transaction before anybody outside hears of the step, so nothing that was acknowledged is lost.
//
// Journal: write-ahead log with synchronous=FULL. One fsync for each transaction makes it durable,
// where a rollback journal takes three; a process killed or a node without power at any moment
// leaves either the whole transaction or nothing of it. The file is locked for as long as it is
// open: two Managers on one database would each undo what the other knows.
#pragma once

#include <memory>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/reference/manager/core/state.hpp"
#include "topologies/reference/manager/core/time_base.hpp"

namespace splitsite::reference {

class StateStore {
 public:
  // Raised with every change of the schema. A database of another version is refused: it lives as
  // long as a lab, whose programs do not change.
  static constexpr int kSchemaVersion = 3;

  // Opens the lab's database, or will make it with the first save. An Error when the file is not a
  // database, damaged, of another program, version or lab, or in use.
  static Result<std::unique_ptr<StateStore>> open(const std::string& path, const std::string& lab);
  ~StateStore();
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  // Puts what was kept into `state`, which is initial_state() of the same lab; begin_again() is the
  // caller's. False, with `state` untouched, when the database is new.
  Result<bool> load(ClusterState& state, const TimeBase& time);

  // Writes the rows that differ from the last save or load; nothing when none does. After an Error
  // the database has what it had before, and the Manager must not go on.
  Result<void> save(const ClusterState& state, const TimeBase& time);

  // Transactions made since open, for figures and tests.
  long transactions() const;

 private:
  class Impl;
  explicit StateStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace splitsite::reference
