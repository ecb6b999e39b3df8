// One thread, one epoll: descriptors, timers and work posted by other threads, each as a callback.
// Rule: a callback never blocks. Callbacks may watch, forget and set timers at will, also their
// own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

class EventLoop {
 public:
  using OnReady = std::function<void(std::uint32_t events)>;  // EPOLLIN, EPOLLHUP, …
  using Action = std::function<void()>;
  using TimerId = std::uint64_t;  // 0 is no timer

  // Fails with Unavailable when the process is out of descriptors.
  static Result<std::unique_ptr<EventLoop>> create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Calls `on_ready` while one of `events` holds (level triggered). The descriptor stays the
  // caller's: forget it before closing it.
  Result<void> watch(int fd, std::uint32_t events, OnReady on_ready);
  void change(int fd, std::uint32_t events);
  void forget(int fd);

  TimerId after(Duration delay, Action action);
  // First call one period from now; a late call is not made up for.
  TimerId every(Duration period, Action action);
  void cancel(TimerId id);  // an id that is over, or 0, is fine

  // From any thread: runs `action` in the loop, soon, in the order posted.
  void post(Action action);

  void run();   // until stop()
  void stop();  // from inside the loop; from outside, post it
  // One round: waits at most `longest`, then runs what is due.
  void run_once(Duration longest);

 private:
  struct Timer {
    Instant due;
    Duration period{};  // zero: once
    Action action;
  };

  EventLoop(UniqueFd epoll, UniqueFd wakeup);
  void dispatch(int fd, std::uint32_t events);
  void run_due_timers();
  void run_posted();
  int wait_milliseconds(Duration longest) const;

  UniqueFd epoll_;
  UniqueFd wakeup_;
  bool stopped_ = false;
  std::map<int, std::shared_ptr<OnReady>> watched_;  // shared: a callback may forget itself
  std::map<TimerId, Timer> timers_;
  TimerId last_timer_ = 0;
  std::mutex posted_mutex_;
  std::vector<Action> posted_;
};

}  // namespace splitsite
