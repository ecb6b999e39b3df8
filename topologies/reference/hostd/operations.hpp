// Threads of the host daemon. Operations: one thread for each call that may block for minutes, so
// that nothing ever waits for it but itself. Periodic: one thread that does a thing again and
// again. Both are joined by their owner; a program that must end at once ends without destroying
// them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "harness/time/clock.hpp"

namespace splitsite::reference::hostd {

class Operations {
 public:
  Operations() = default;
  ~Operations();  // waits for all that run
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  void run(std::function<void()> action);

 private:
  struct Running {
    std::atomic<bool> finished = false;
    std::jthread thread;  // last: joined before anything it uses goes
  };
  void reap();

  std::mutex mutex_;
  std::list<Running> running_;
};

class Periodic {
 public:
  // The first time at once, then `every` after each return, until destroyed.
  Periodic(Duration every, std::function<void()> action);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace splitsite::reference::hostd
