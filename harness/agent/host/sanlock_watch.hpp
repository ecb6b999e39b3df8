// Looks at the local sanlock daemon four times a second, and at once when told to, in a thread of
// its own, because nobody promises how fast the daemon answers.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/agent/event_log.hpp"
#include "harness/agent/host/sanlock_status.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class SanlockWatch {
 public:
  // Called in the loop's thread. The status is not older than `since`, when the look before this
  // one began.
  using OnStatus = std::function<void(const SanlockStatus&, std::optional<NodeTime> since)>;

  // `loop` outlives this.
  SanlockWatch(EventLoop& loop, std::string lockspace, OnStatus on_status);

  void look_now();

 private:
  void run(const std::stop_token& stop);
  void wait(const std::stop_token& stop);

  EventLoop& loop_;
  std::string lockspace_;
  OnStatus on_status_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  bool look_now_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace splitsite::agent
