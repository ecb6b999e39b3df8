// Reading or writing one block of a device, some times over, in a process of its own: an I/O that
// gets no answer cannot be called off, not even by a signal, so whoever waits for it must be
// somebody that can be left behind. The answer comes in time whatever the device does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

inline constexpr std::size_t io_block = 4096;

struct IoPlan {
  std::string path;  // opened anew for each attempt, unless
  int open_fd = -1;  // this is one that is open already
  bool write = false;
  bool direct = true;  // past the page cache, which would answer for a dead disk
  std::uint64_t offset = 0;
  int count = 1;  // one after the other
};

struct IoAttempt {
  enum class Outcome { Done, Failed, Silent };
  Outcome outcome = Outcome::Silent;
  Duration took{};  // silent: how long it was waited for
  int error = 0;    // an errno value, if it failed
};

// Calls `on_done` once from the loop: when all are over, or after `bound` with the attempt that was
// still silent as the last one. `loop` outlives all that.
Result<void> attempt_io(EventLoop& loop, const IoPlan& plan, Duration bound,
                        std::function<void(std::vector<IoAttempt>)> on_done);

}  // namespace splitsite::agent
