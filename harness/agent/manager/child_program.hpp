// A program started by the agent that ends with it: whatever becomes of the agent, the kernel sends
// the child SIGTERM. Its standard output comes through a pipe.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::agent {

class ChildProgram {
 public:
  // `command`: the program's path and its arguments. From the agent's main thread only: the child
  // ends with the thread that started it.
  static Result<ChildProgram> start(const std::vector<std::string>& command);
  ~ChildProgram();  // kills it if it still runs
  ChildProgram(ChildProgram&& other) noexcept;
  ChildProgram& operator=(ChildProgram&&) = delete;

  int output() const { return output_.get(); }  // does not block
  pid_t pid() const { return pid_; }
  bool running();

  // Waits for a whole line. Unavailable: it ended without one; TimedOut.
  Result<std::string> line(Duration bound);
  // SIGTERM, and SIGKILL if it is still there after `bound`.
  void end(Duration bound);

 private:
  ChildProgram(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}
  bool wait_for_end(Duration bound);

  pid_t pid_ = 0;  // 0: ended and collected
  UniqueFd output_;
};

}  // namespace splitsite::agent
