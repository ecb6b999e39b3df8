// Asks the local sanlock daemon for its status four times a second, and at once when told to, in a
// thread of its own, because a daemon in trouble answers late.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/agent/host/host_truth.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class SanlockWatch {
 public:
  // Called in the loop's thread; `since` is when the last look before this one began that the
  // daemon answered.
  using OnStatus = std::function<void(const SanlockStatus&, std::optional<NodeTime> since)>;

  SanlockWatch(EventLoop& loop, std::string lockspace, OnStatus on_status);

  void look();  // at once, not a quarter of a second later

 private:
  void run(const std::stop_token& stop);
  void wait_for_next(const std::stop_token& stop);

  EventLoop& loop_;
  std::string lockspace_;
  OnStatus on_status_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool look_now_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace splitsite::agent
