// The undo journal of a lab: what would have to be undone if this process died now. An entry is on
// disk before the change it undoes is made, and is marked done after the undoing was proven. A line
// torn by a crash or a full disk belongs to a change that was never begun.
#pragma once

#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite {

class Journal final : public UndoLog {
 public:
  // Opens or makes <lab>/journal.jsonl. Invalid when a line other than the last cannot be read.
  static Result<Journal> open(const std::string& path);

  Result<long> write(const std::string& text) override;
  Result<void> mark_done(long id) override;
  Result<std::vector<UndoEntry>> pending() override { return pending_; }

 private:
  explicit Journal(UniqueFd file) : file_(std::move(file)) {}
  Result<void> read(const std::string& path);
  Result<void> write_line(const nlohmann::json& line);
  Result<void> mend();  // cuts off what is not a whole line

  UniqueFd file_;
  off_t complete_ = 0;  // bytes up to the end of the last whole line
  bool torn_ = false;   // there is something behind them
  long last_id_ = 0;
  std::vector<UndoEntry> pending_;
};

}  // namespace splitsite
