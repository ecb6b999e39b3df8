// Port: where a fault writes how to undo it, before its first change, so that a harness that dies
// can be cleaned up after by another process.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite {

struct UndoEntry {
  long id = 0;
  std::string text;  // one line; what undoes the fault, in the words of harness/fault/step.hpp
};

class UndoLog {
 public:
  virtual ~UndoLog() = default;

  // On disk (synced) when this returns.
  virtual Result<long> write(const std::string& text) = 0;
  virtual Result<void> mark_done(long id) = 0;
  // Written and not done, oldest first.
  virtual Result<std::vector<UndoEntry>> pending() = 0;
};

}  // namespace splitsite
