// The undo journal of a lab: what would have to be undone if this process died now. An entry is on
// disk before the change it undoes is made, and is marked done after the undoing was proven. A line
// torn by a crash belongs to a change that was never begun.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/id.hpp"
#include "harness/core/result.hpp"

namespace splitsite {

struct UndoStep {
  FaultId fault;
  NodeId node;              // whose agent or power switch undoes it
  std::string action;       // "link.set", "power.on": an agent's op, or one of the harness's
  nlohmann::json args;      // of the action
  std::string description;  // for people: "lift the delay on the site link a to b"
};

struct JournalEntry {
  std::uint64_t id = 0;
  UndoStep step;
};

class Journal {
 public:
  // Opens or makes <lab>/journal.jsonl. Invalid when a line other than the last cannot be read.
  static Result<Journal> open(const std::string& path);

  // On disk (fsync) when this returns.
  Result<std::uint64_t> append(const UndoStep& step);
  Result<void> mark_done(std::uint64_t id);

  // What is still to be undone, newest first: the order to undo it in.
  std::vector<JournalEntry> outstanding() const;

 private:
  explicit Journal(UniqueFd file) : file_(std::move(file)) {}
  Result<void> read(const std::string& path);
  Result<void> write_line(const nlohmann::json& line);

  UniqueFd file_;
  std::uint64_t last_id_ = 0;
  std::vector<JournalEntry> open_;  // oldest first
};

}  // namespace splitsite
